"""Which statement each comment and blank line belongs to."""

from archdsl.syntax.tree import NO_COMMENTS, Comments


def test_comments_above_and_behind(body):
    first, second = body("\n# one\n# two\nconv # three\n\n# four\n\nrelu\n")

    assert first.comments == Comments(leading=("# one", "# two"), trailing="# three")
    assert second.comments == Comments(leading=("", "# four", ""))


def test_blank_lines_count_once_and_not_at_the_edges_of_a_body(body):
    first, second = body("\n\n\nconv\n\n\n\nrelu\n\n\n")

    assert first.comments == NO_COMMENTS
    assert second.comments == Comments(leading=("",))


def test_comments_at_the_braces(body):
    (stage,) = body("stage a { # open\n  conv # behind\n  # close\n\n  # again\n} # end\n")

    assert stage.comments == Comments(
        trailing="# end", closing=("# close", "", "# again"), opening="# open"
    )
    assert stage.body[0].comments == Comments(trailing="# behind")


def test_comments_in_an_empty_body(body):
    (stage,) = body("stage a { # open\n # close\n}\n")

    assert stage.comments == Comments(closing=("# close",), opening="# open")


def test_comments_between_the_branches_of_an_if(body):
    (choice,) = body(
        "if a { # 1\n b\n # 2\n} # 3\n # 4\n else # 5\n { # 6\n # 7\n c\n # 8\n} # 9\n"
    )

    assert choice.comments == Comments(
        trailing="# 9",
        closing=("# 8",),
        opening="# 1",
        between=("# 2", "# 3", "# 4", "# 5", "# 6"),
    )
    assert choice.otherwise[0].comments == Comments(leading=("# 7",))


def test_comments_of_an_else_if(body):
    (choice,) = body("if a { b } else # 1\n # 2\n if c { # 3\n d } # 4\n")
    (inner,) = choice.otherwise

    assert choice.comments == Comments(between=("# 1", "# 2"))
    assert inner.comments == Comments(trailing="# 4", opening="# 3")


def test_comments_around_an_arrow_are_above_the_step_behind_it(body):
    first, second = body("conv # 1\n# 2\n-> # 3\n# 4\nrelu # 5\n")

    assert first.comments == Comments(trailing="# 1")
    assert second.comments == Comments(leading=("# 2", "# 3", "# 4"), trailing="# 5")


def test_blank_lines_around_an_arrow_are_one(body):
    _, second = body("conv\n\n->\n\nrelu")

    assert second.comments == Comments(leading=("",))


def test_comments_of_a_path_are_its_own_up_to_its_first_step(body):
    (merge,) = body("add { # 1\n # 2\n | # 3\n # 4\n conv( # 5\n a) # 6\n | x: # 7\n skip } # 8\n")
    first, second = merge.paths

    assert merge.comments == Comments(trailing="# 8", opening="# 1")
    assert first.comments == Comments(leading=("# 2", "# 3", "# 4"))
    assert first.body[0].comments == Comments(trailing="# 6")
    assert first.body[0].layout.comments == ((0, "# 5", False),)
    assert second.comments == Comments(leading=("# 7",))


def test_comments_before_the_brace_of_a_labelled_merge_close_it(body):
    (merge,) = body("add {\n | skip\n # 1\n} as x # 2\n")

    assert merge.comments == Comments(trailing="# 2", closing=("# 1",))


def test_comments_in_the_middle_of_a_statement_go_above_it(body):
    (stage,) = body("\n# 1\nstage # 2\n a # 3\n { conv }\n")

    assert stage.comments == Comments(leading=("# 1", "# 2", "# 3"))


def test_the_documentation_stays_right_above(file):
    (block,) = file("# 1\n\n## What it\n## is.\nblock # 2\n b { }\n").declarations

    assert block.comments.leading == ("# 1", "", "# 2", "## What it", "## is.")
    assert block.doc == "What it is."


def test_what_is_no_documentation(file):
    for text in ("# plain\nlet a = 1", "## apart\n\nlet a = 1", "let a = 1 ## behind", "let a = 1"):
        (declaration,) = file(text).declarations
        assert declaration.doc is None


def test_comments_among_items(expression):
    call = expression("f( # 1\n a, # 2\n # 3\n b # 4\n , c\n # 5\n)")

    assert call.layout.breaks == (0, 1, 2, 3)
    assert call.layout.comments == (
        (0, "# 1", False),
        (1, "# 2", False),
        (1, "# 3", True),
        (2, "# 4", False),
        (3, "# 5", True),
    )


def test_comments_among_members_of_a_chain(file):
    (let,) = file("let a = b # 1\n # 2\n -> c -> # 3\n d # 4\n").declarations

    assert let.value.layout.comments == ((1, "# 1", False), (1, "# 2", True), (2, "# 3", False))
    assert let.comments == Comments(trailing="# 4")


def test_comments_among_expectations(body):
    (expect,) = body("expect # 1\n a == 1, # 2\n b == (2 # 3\n + 3) # 4\n")

    assert expect.layout.comments == ((0, "# 1", False), (1, "# 2", False))
    assert expect.comments == Comments(leading=("# 3",), trailing="# 4")


def test_comments_at_the_end_of_a_file(file):
    found = file("let a = 1\n# one\n\n# two\n")

    assert found.comments.closing == ("# one", "", "# two")


def test_the_line_breaks_of_lists(expression):
    assert expression("[1, 2]").layout is None
    assert expression("[\n1, 2,\n3]").layout.breaks == (0, 2)
    assert expression("[1, 2\n]").layout.breaks == (2,)
    assert expression("[\n]").layout.breaks == (0,)


def test_which_bodies_the_author_broke(body):
    whole, broken, choice = body("stage a { b }\nstage a {\nb }\nif a { } else {\n b }")

    assert not whole.broken
    assert broken.broken
    assert choice.broken


def test_which_steps_begin_a_line(body):
    assert [step.own_line for step in body("a -> b\n-> c ->\nd")] == [False, False, True, True]
