//! The programs of the READMEs, compiled with the doc tests.

#[doc = include_str!("../../../README.md")]
struct Project;

#[doc = include_str!("../README.md")]
struct Ossup;

#[doc = include_str!("../../oss-auth/README.md")]
struct OssAuth;

#[doc = include_str!("../../oss-models/README.md")]
struct OssModels;

#[doc = include_str!("../../oss-transport/README.md")]
struct OssTransport;

#[doc = include_str!("../../oss-downloader/README.md")]
struct OssDownloader;

#[doc = include_str!("../../oss-transfer/README.md")]
struct OssTransfer;

#[doc = include_str!("../../oss-uploader/README.md")]
struct OssUploader;

#[doc = include_str!("../../oss-emulator/README.md")]
struct OssEmulator;
