"""The web builds are served by exact address; without them a page says what to do."""

from tongtu.channels.rest.site import PAGE, read_site


def test_without_a_build_both_pages_say_what_to_do(tmp_path):
    site = read_site(tmp_path)

    assert sorted(site) == ["/", "/console", "/console/style"]
    assert site["/"].content.decode() == PAGE
    assert site["/console/style"] == site["/console"]
    assert "make web" in PAGE


def test_a_build_is_served_file_by_file_and_nothing_beside_it(tmp_path):
    borrower = tmp_path / "borrower"
    (borrower / "assets").mkdir(parents=True)
    (borrower / "index.html").write_text("<p>borrower")
    (borrower / "assets" / "a-1f.js").write_text("1")
    (borrower / "sw.js").write_text("2")
    (tmp_path / "secret.txt").write_text("3")
    (borrower / "link.txt").symlink_to(tmp_path / "secret.txt")

    site = read_site(tmp_path)

    assert sorted(site) == ["/", "/assets/a-1f.js", "/console", "/console/style", "/sw.js"]
    assert site["/"].content == b"<p>borrower"
    assert site["/assets/a-1f.js"].media_type == "text/javascript"
    assert site["/assets/a-1f.js"].cache == "public, max-age=31536000, immutable"
    assert site["/sw.js"].cache == "no-cache"
