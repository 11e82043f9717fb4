use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

/// The outcome of the future that ends first; of the left one if both do.
///
/// Both stay with the caller, who may go on with the other one: `first(pin!(a), pin!(b)).await` drops it.
pub(super) async fn first<T>(
    mut left: Pin<&mut impl Future<Output = T>>,
    mut right: Pin<&mut impl Future<Output = T>>,
) -> T {
    poll_fn(|cx| match left.as_mut().poll(cx) {
        Poll::Pending => right.as_mut().poll(cx),
        ready => ready,
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::pin::pin;

    use super::*;

    #[tokio::test]
    async fn the_one_that_ends_wins_and_the_left_one_if_both_do() {
        assert_eq!(first(pin!(ready(1)), pin!(pending())).await, 1);
        assert_eq!(first(pin!(pending()), pin!(ready(2))).await, 2);
        assert_eq!(first(pin!(ready(1)), pin!(ready(2))).await, 1);
    }

    #[tokio::test]
    async fn the_other_one_can_go_on() {
        let (send, receive) = tokio::sync::oneshot::channel();
        let mut slow = pin!(async { receive.await.unwrap_or(0) });
        assert_eq!(first(slow.as_mut(), pin!(ready(2))).await, 2);
        send.send(1).unwrap();
        assert_eq!(slow.await, 1);
    }
}
