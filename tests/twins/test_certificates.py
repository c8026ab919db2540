"""Certificates are published in one step, with keys that nobody else can read."""

import stat

from cryptography import x509

from twins.certificates import Authority, publish


def published(folder):
    return [(folder / name).read_bytes() for name in ("tls.crt", "tls.key", "ca.crt")]


def test_the_three_files_are_there(tmp_path):
    publish(tmp_path / "mount", b"certificate", b"key", b"authority")

    assert published(tmp_path / "mount") == [b"certificate", b"key", b"authority"]


def test_a_second_publication_replaces_all_three(tmp_path):
    publish(tmp_path, b"certificate", b"key", b"authority")

    publish(tmp_path, b"new certificate", b"new key", b"new authority")

    assert published(tmp_path) == [b"new certificate", b"new key", b"new authority"]
    assert len([path for path in tmp_path.iterdir() if path.is_dir() and not path.is_symlink()]) == 1


def test_the_files_stand_behind_one_link_that_is_swapped(tmp_path):
    publish(tmp_path, b"certificate", b"key", b"authority")

    assert (tmp_path / "..data").is_symlink()
    assert {(tmp_path / name).readlink().parts[0] for name in ("tls.crt", "tls.key", "ca.crt")} == {"..data"}
    assert not (tmp_path / "..data_tmp").exists()


def test_only_the_owner_reads_the_key(tmp_path):
    publish(tmp_path / "mount", b"certificate", b"key", b"authority")

    assert stat.S_IMODE((tmp_path / "mount" / "tls.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "mount").stat().st_mode) == 0o700


def test_a_certificate_carries_the_names_asked_for_and_its_serial():
    leaf = Authority().issue("one.test", "two.test")

    certificate = x509.load_pem_x509_certificate(leaf.certificate_pem)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["one.test", "two.test"]
    assert certificate.serial_number == leaf.serial


def test_a_key_is_an_elliptic_one():
    leaf = Authority().issue("one.test")

    assert x509.load_pem_x509_certificate(leaf.certificate_pem).public_key().curve.name == "secp256r1"
