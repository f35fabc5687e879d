"""Settings: what is missing or wrong is named at once, and no secret is ever shown."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import check_for_service, read_settings
from storage.errors import SettingsError

WHOLE = {
    "AZURE_CLIENT_ID": "app",
    "AZURE_TENANT_ID": "tenant",
    "AZURE_CLIENT_SECRET": "CANARY-secret",
    "MONGODB_URI": "mongodb://bot:CANARY-password@db.example/",
    "CONSULTFLOW_KEYS": "k1:CANARY-key",
}
CERTIFICATE = {
    "AZURE_CLIENT_CERTIFICATE_PATH": "/run/bot.pem",
    "AZURE_CLIENT_CERTIFICATE_THUMBPRINT": "AB12",
}


def test_an_empty_environment_is_enough_for_a_local_run():
    settings = read_settings({})
    assert (settings.port, settings.workers, settings.identity) == (3978, 8, "secret")
    assert settings.mongodb_uri is settings.app_id is settings.keyring is None
    assert settings.data_dir.name == "consultflow"


def test_an_empty_value_counts_as_none():
    assert read_settings(dict.fromkeys([*WHOLE, "CONSULTFLOW_PORT"], "")) == read_settings({})


def test_every_value_that_cannot_be_used_is_named_at_once():
    with pytest.raises(SettingsError) as refused:
        read_settings(
            {
                "CONSULTFLOW_PORT": "70000",
                "CONSULTFLOW_WORKERS": "many",
                "CONSULTFLOW_IDENTITY": "password",
            }
        )
    said = str(refused.value)
    assert "CONSULTFLOW_PORT must be a whole number from 0 to 65535." in said
    assert "CONSULTFLOW_WORKERS must be a whole number from 1 to 256." in said
    assert "CONSULTFLOW_IDENTITY must be secret, certificate or managed." in said


@given(st.text(max_size=20))
def test_whatever_the_port_says_it_is_a_port_or_refused(text):
    try:
        port = read_settings({"CONSULTFLOW_PORT": text}).port
    except SettingsError:
        return
    assert 0 <= port <= 65535


def test_every_variable_that_service_needs_is_named_when_missing():
    with pytest.raises(SettingsError) as refused:
        check_for_service(read_settings({}))
    assert all(name in str(refused.value) for name in WHOLE)
    check_for_service(read_settings(WHOLE))


@pytest.mark.parametrize("missing", WHOLE)
def test_one_that_is_missing_is_the_one_that_is_named(missing):
    with pytest.raises(SettingsError) as refused:
        check_for_service(read_settings({**WHOLE, missing: ""}))
    assert [name for name in WHOLE if name in str(refused.value)] == [missing]


@pytest.mark.parametrize(
    "proof, missing",
    [
        (CERTIFICATE, None),
        ({**CERTIFICATE, "AZURE_CLIENT_CERTIFICATE_THUMBPRINT": ""}, "THUMBPRINT"),
        ({"CONSULTFLOW_IDENTITY": "certificate"}, "AZURE_CLIENT_CERTIFICATE_PATH"),
        ({"CONSULTFLOW_IDENTITY": "managed"}, None),
        ({"CONSULTFLOW_IDENTITY": "secret", **CERTIFICATE}, "AZURE_CLIENT_SECRET"),
    ],
)
def test_a_certificate_or_a_managed_identity_takes_the_place_of_the_secret(proof, missing):
    settings = read_settings({**WHOLE, "AZURE_CLIENT_SECRET": "", **proof})
    if missing is None:
        check_for_service(settings)
        return
    with pytest.raises(SettingsError, match=missing):
        check_for_service(settings)


def test_the_tenants_let_in_are_the_bots_own_unless_named():
    assert read_settings(WHOLE).tenants == {"tenant"}
    named = read_settings({**WHOLE, "CONSULTFLOW_TENANTS": " a, b ,,"})
    assert named.tenants == {"a", "b"}
    assert read_settings({}).tenants == frozenset()


def test_data_is_kept_where_it_is_asked_for():
    assert read_settings({"XDG_DATA_HOME": "/x"}).data_dir == Path("/x/consultflow")
    both = {"XDG_DATA_HOME": "/x", "CONSULTFLOW_DATA": "/data"}
    assert read_settings(both).data_dir == Path("/data")


def test_settings_that_are_printed_show_no_secret():
    settings = read_settings(WHOLE)
    assert "CANARY" not in f"{settings!r} {settings} {[settings]} {settings!a}"
    assert "app_id='app'" in repr(settings)


@pytest.mark.parametrize(
    "address",
    [
        "nats://127.0.0.1", "nats://bot:CANARY@a.example:4222, tls://b.example", "tls://a.example",
        "redis://:CANARY@a.example:6379/2", "rediss://a.example", "amqp://bot:CANARY@a.example",
        "amqps://a.example/host", "redis://[::1]:6379",
    ],
)  # fmt: skip
def test_the_brokers_there_are_can_be_named(address):
    settings = read_settings({"CONSULTFLOW_BROKER": address})
    assert settings.broker == address.replace(" ", "")
    assert "CANARY" not in repr(settings)


@pytest.mark.parametrize(
    "address",
    [
        "CANARY", "kafka://CANARY@a.example", "http://CANARY.example", "nats://", "nats:CANARY",
        "redis://:CANARY@:6379", "amqp://CANARY.example:port", "amqp://CANARY.example:70000",
        "redis://CANARY,redis://b", "nats://CANARY,", "nats://CANARY,redis://b", "redis://[::1CANARY",
        "NATS://CANARY", "nats//CANARY", "nats://CANARY:0",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_broker_is_refused_and_not_repeated(address):
    with pytest.raises(SettingsError, match=r"^CONSULTFLOW_BROKER must be nats://") as refused:
        read_settings({"CONSULTFLOW_BROKER": address})
    assert "CANARY" not in str(refused.value)


def test_without_a_broker_one_process_does_it_all_and_a_worker_has_nothing_to_hear_from():
    settings = read_settings({**WHOLE, "CONSULTFLOW_BROKER": ""})
    assert settings.broker is None
    check_for_service(settings)
    with pytest.raises(SettingsError, match="without CONSULTFLOW_BROKER"):
        check_for_service(settings, worker=True)
    check_for_service(read_settings({**WHOLE, "CONSULTFLOW_BROKER": "nats://a"}), worker=True)
