//! A private certificate authority.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use std::sync::Arc;
use tempfile::NamedTempFile;
use tokio_rustls::TlsAcceptor;

/// A private authority: its file, and a server certificate of it.
pub(crate) struct Authority {
    pub(crate) file: NamedTempFile,
    pub(crate) acceptor: TlsAcceptor,
}

/// An authority, and its certificate for a server of this name.
pub(crate) fn authority(name: &str, is_expired: bool) -> Authority {
    let key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::new(vec![]).unwrap();
    let name_of_ca = format!("Authority of {name}, {is_expired}");
    ca.distinguished_name
        .push(rcgen::DnType::CommonName, name_of_ca);
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), ca.self_signed(&key).unwrap().pem()).unwrap();
    let issuer = Issuer::new(ca, key);
    let key = KeyPair::generate().unwrap();
    let mut leaf = CertificateParams::new(vec![name.to_owned()]).unwrap();
    if is_expired {
        leaf.not_after = rcgen::date_time_ymd(2020, 1, 1);
        leaf.not_before = rcgen::date_time_ymd(2019, 1, 1);
    }
    let leaf = leaf.signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone()],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    Authority { file, acceptor }
}
