from sitong.shared.ids import new_id, new_ids


def test_ids_are_uuid7_and_rise():
    made = new_ids(10_000)
    assert made == sorted(made)
    assert len(set(made)) == 10_000
    assert {one.version for one in made} == {7}
    assert new_id().variant == "specified in RFC 4122"
