import json

import pytest

from tongtu.risk import bundle
from tongtu.risk.api import BadModel, NoModel, load_model


@pytest.fixture
def folder(studied, tmp_path):
    files = bundle.written(studied.scorer) | {"card.md": b"# A card\n"}
    _, manifest = bundle.seal(files, {"seed": 7})
    bundle.save_model(tmp_path, files, manifest)
    return tmp_path


def test_a_saved_model_is_loaded_as_it_was(studied, folder):
    scorer, manifest = load_model(folder)

    assert scorer.hash == manifest["hash"]
    assert manifest["seed"] == 7
    assert bundle.written(scorer) == bundle.written(studied.scorer)


def test_one_changed_byte_anywhere_refuses_the_whole_model(folder):
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    assert [path.name for path in paths] == [
        "blend.json", "card.md", "challenger.json", "champion.json", "columns.json",
        "manifest.json",
    ]  # fmt: skip
    for path in paths:
        whole = path.read_bytes()
        for place in (0, len(whole) // 3, len(whole) // 2, len(whole) - 1):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])

            with pytest.raises(BadModel):
                load_model(folder)
        path.write_bytes(whole)
    load_model(folder)


def test_a_manifest_that_says_the_same_in_other_bytes_is_refused(folder):
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text())))

    with pytest.raises(BadModel, match="manifest was changed"):
        load_model(folder)


def test_a_folder_without_its_manifest_or_a_file_is_no_model(folder, tmp_path):
    (folder / "champion.json").unlink()
    with pytest.raises(BadModel, match="not there"):
        load_model(folder)
    (folder / "manifest.json").unlink()
    with pytest.raises(NoModel):
        load_model(folder)
    with pytest.raises(NoModel):
        load_model(tmp_path / "nowhere")


def test_a_sealed_model_that_reads_no_column_it_has_is_refused(studied, tmp_path):
    files = bundle.written(studied.scorer)
    champion = json.loads(files["champion.json"])
    champion["parts"][0]["column"] = len(studied.scorer.columns)
    files["champion.json"] = bundle.canonical(champion)
    bundle.save_model(tmp_path, files, bundle.seal(files, {})[1])

    with pytest.raises(BadModel):
        load_model(tmp_path)
