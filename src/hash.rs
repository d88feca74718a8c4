//! SHA-256 in lowercase hexadecimal, and hashes of several parts.

use sha2::{Digest, Sha256};

/// Bytes in lowercase hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash of bytes.
pub(crate) fn sha256(bytes: impl AsRef<[u8]>) -> String {
    hex(&Sha256::digest(bytes))
}

/// One hash for an ordered list of parts: the SHA-256 of the hashes of the parts, each followed by `\n`. Different
/// lists have different hashes, even if their concatenations are equal.
pub(crate) fn of_parts<P: AsRef<[u8]>>(parts: impl IntoIterator<Item = P>) -> String {
    let mut listing = Sha256::new();
    for part in parts {
        listing.update(sha256(part));
        listing.update("\n");
    }
    hex(&listing.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_parts_is_the_documented_one() {
        // printf '%s\n' "$(printf a | sha256sum | cut -c-64)" "$(printf bc | sha256sum | cut -c-64)" | sha256sum
        let expected = "7c76d6e7cd020283ecfea9204b1f76fba3313631000d9ae31c9ae8625840e2c8";
        assert_eq!(of_parts(["a", "bc"]), expected);
    }

    #[test]
    fn lists_with_other_cuts_or_another_order_have_other_hashes() {
        let lists: [&[&str]; 6] = [
            &["a", "bc"],
            &["ab", "c"],
            &["abc"],
            &["bc", "a"],
            &[],
            &[""],
        ];
        let mut hashes: Vec<String> = lists.iter().map(|list| of_parts(*list)).collect();
        hashes.sort();
        hashes.dedup();
        assert_eq!(hashes.len(), lists.len());
    }
}
