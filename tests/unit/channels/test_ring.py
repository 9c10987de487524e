from tongtu.channels.cli import main


def test_a_ring_of_forty_on_three_devices_is_held_and_no_neighbour(capsys):
    assert main(["ring"]) == 0

    rows = {line.split()[0]: line.split()[1:] for line in capsys.readouterr().out.splitlines()[1:3]}
    assert rows == {"ring": ["40", "34", "6", "0"], "neighbours": ["200", "0", "0", "200"]}


def test_two_persons_with_nothing_in_common_are_no_ring_and_the_command_says_so(capsys):
    assert main(["ring", "--applications", "2", "--devices", "2"]) == 1

    assert "ring                2        0                   0            2" in (
        capsys.readouterr().out
    )
