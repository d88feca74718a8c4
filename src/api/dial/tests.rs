use super::*;
use tokio::net::{TcpListener, TcpSocket};
use tokio::time::Instant;

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// An address that neither accepts nor refuses connections: its queue is full.
async fn black_hole() -> (SocketAddr, impl Sized) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queue = vec![];
    while let Ok(stream) = timeout(Duration::from_secs(1), TcpStream::connect(address)).await {
        queue.push(stream.unwrap());
    }
    (address, (listener, queue))
}

/// An address that refuses connections: bound to reserve the port, and not listening.
fn refusing() -> (SocketAddr, impl Sized) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    (socket.local_addr().unwrap(), socket)
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn an_address_that_does_not_answer_costs_a_quarter_of_a_second() {
    let (hole, _queue) = black_hole().await;
    let (_listener, good) = listen().await;
    let start = Instant::now();
    let stream = connect_to_first(&[hole, good]).await.unwrap();
    assert_eq!(stream.peer_addr().unwrap(), good);
    assert_eq!(start.elapsed(), Duration::from_millis(250));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn an_address_that_refuses_costs_no_time() {
    let (dead, _reserved) = refusing();
    let (_listener, good) = listen().await;
    let start = Instant::now();
    let stream = connect_to_first(&[dead, dead, good]).await.unwrap();
    assert_eq!(stream.peer_addr().unwrap(), good);
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn if_no_address_accepts_the_first_error_is_reported() {
    let (dead, _reserved) = refusing();
    let error = connect_to_first(&[dead, dead]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    assert!(connect_to_first(&[]).await.is_err());
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn an_address_that_does_not_answer_is_waited_for_once() {
    let (hole, _queue) = black_hole().await;
    let (_listener, good) = listen().await;
    let server = Server::new(Host::Ipv4([127, 0, 0, 1].into()), good.port());
    server.addresses.borrow().set(vec![hole, good]).unwrap();
    let start = Instant::now();
    for _ in 0..3 {
        assert!(server.connect().await.is_ok());
    }
    assert_eq!(start.elapsed(), Duration::from_millis(250));
    let addresses = server.addresses.borrow().clone();
    assert_eq!(addresses.get().unwrap(), &[good, hole]);
}

#[actix::test]
async fn addresses_are_looked_up_again_only_after_a_failure() {
    let (dead, _reserved) = refusing();
    let (_listener, good) = listen().await;
    let server = Server::new(Host::Ipv4([127, 0, 0, 1].into()), good.port());
    server.addresses.borrow().set(vec![dead]).unwrap();
    assert!(server.connect().await.is_err());
    assert!(server.connect().await.is_ok());
    server.addresses.borrow().get().unwrap();
    assert!(server.connect().await.is_ok());
}

#[test]
fn the_families_of_addresses_alternate() {
    let parse = |text: &str| text.parse::<SocketAddr>().unwrap();
    let [a, b, c] = ["[::1]:1", "[::2]:1", "[::3]:1"].map(parse);
    let [x, y] = ["1.1.1.1:1", "2.2.2.2:1"].map(parse);
    assert_eq!(alternating(vec![a, b, c, x, y]), [a, x, b, y, c]);
    assert_eq!(alternating(vec![x, y, a]), [x, a, y]);
    assert_eq!(alternating(vec![]), []);
}
