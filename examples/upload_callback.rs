//! Uploads a file and has OSS call an application server when it is stored.
//!
//! ```text
//! cargo run --example upload_callback -- --region cn-hangzhou --bucket demo --key cat.jpg --file-path cat.jpg \
//!     --callback-url http://www.example.com/callback
//! ```
#![allow(clippy::print_stdout, reason = "an example shows its result")]

mod common;

use clap::Parser;
use ossup::{Callback, CallbackVars, PutObjectRequest};

#[derive(Parser)]
struct CallbackArguments {
    #[command(flatten)]
    common: common::Arguments,
    /// Where OSS sends the callback.
    #[arg(long, alias = "callback_url", default_value = "http://www.example.com/callback")]
    callback_url: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let CallbackArguments { common: arguments, callback_url } = CallbackArguments::parse();
    let client = arguments.client()?;

    let template = "bucket=${bucket}&object=${object}&my_var_1=${x:var1}&my_var_2=${x:var2}";
    let variables = CallbackVars::new().var("x:var1", "value1").var("x:var2", "value2");

    let request = PutObjectRequest::new(&arguments.bucket, &arguments.key)
        .callback(Callback::new(callback_url, template))
        .callback_var(variables);
    let result = client.uploader().upload_file(request, &arguments.file_path).await?;

    common::show(&result);
    println!("callback: {:?}", result.callback);
    Ok(())
}
