//! The key that signs callbacks, generated at first use and served by this server.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom as _, SystemRandom};
use rsa::PrivateKey;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::{EncodePublicKey as _, LineEnding};
use rsa::rand_core::{TryCryptoRng, TryRng};
use rsa::signature::{SignatureEncoding as _, Signer as _};

use crate::error::{OssError, Outcome};

/// Where the public key is served. No bucket can have this name.
pub(crate) const KEY_PATH: &str = "/.oss-emulator/callback_pub_key_v1.pem";
/// OSS itself uses 512 bits; this is the least that verifying libraries accept.
const KEY_BITS: usize = 1024;

/// An RSA key pair.
pub(crate) struct CallbackKey {
    signing: SigningKey<md5::Md5>,
    public_pem: String,
}

impl std::fmt::Debug for CallbackKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallbackKey").finish_non_exhaustive()
    }
}

impl CallbackKey {
    /// Makes a new key. Takes tens of milliseconds, so it is done on the blocking pool.
    pub(crate) async fn generate() -> Outcome<Self> {
        tokio::task::spawn_blocking(|| {
            let key = PrivateKey::new(&mut SystemRng(SystemRandom::new()), KEY_BITS).map_err(OssError::internal)?;
            let public_pem = key.to_public_key().to_public_key_pem(LineEnding::LF).map_err(OssError::internal)?;
            Ok(Self { signing: SigningKey::new(key), public_pem })
        })
        .await?
    }

    pub(crate) fn public_pem(&self) -> &str {
        &self.public_pem
    }

    /// Base64 of RSA PKCS#1 v1.5 with MD5 over decoded path, query as sent, LF, body.
    pub(crate) fn sign(&self, path: &str, query: Option<&str>, body: &str) -> Outcome<String> {
        let mut text: Vec<u8> = percent_encoding::percent_decode_str(path).collect();
        if let Some(query) = query {
            text.push(b'?');
            text.extend_from_slice(query.as_bytes());
        }
        text.push(b'\n');
        text.extend_from_slice(body.as_bytes());
        let signature = self.signing.try_sign(&text).map_err(OssError::internal)?;
        Ok(STANDARD.encode(signature.to_bytes()))
    }
}

/// The operating system's randomness for a library with its own trait.
struct SystemRng(SystemRandom);

/// The operating system gave no randomness.
#[derive(Debug)]
struct NoRandomness;

impl std::fmt::Display for NoRandomness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the operating system gave no randomness")
    }
}

impl std::error::Error for NoRandomness {}

impl TryRng for SystemRng {
    type Error = NoRandomness;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes).map_err(|_| NoRandomness)?;
        Ok(u32::from_ne_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes).map_err(|_| NoRandomness)?;
        Ok(u64::from_ne_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.0.fill(bytes).map_err(|_| NoRandomness)
    }
}

impl TryCryptoRng for SystemRng {}
