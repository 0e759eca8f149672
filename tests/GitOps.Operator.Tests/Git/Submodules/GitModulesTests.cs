using System.Text;
using GitOps.Operator.Git.Submodules;

namespace GitOps.Operator.Tests.Git.Submodules;

public sealed class GitModulesTests
{
    [Theory]
    [InlineData("[submodule \"a\"]\n\tpath = vendor/a\n\turl = ../a.git\n", "vendor/a", "../a.git")]
    [InlineData("[submodule \"a\"]\r\n\tpath = vendor/a\r\n\turl = ../a.git\r\n", "vendor/a", "../a.git")]
    [InlineData("\uFEFF# of us\n[core] x = 1\n[SubModule \"a\"] PATH=vendor/a ; here\n URL = \"../a b.git\" # there\n", "vendor/a", "../a b.git")]
    [InlineData("[submodule \"a \\\"b\\\" \\\\ ]\"]\npath = \"vendor/a\"\nurl = https://e.org/\\\n  a.git", "vendor/a", "https://e.org/  a.git")]
    [InlineData("[submodule \"a\"]\npath = vendor/a/\nurl = x\nurl = y\nupdate = !touch /tmp/x\nshallow\n", "vendor/a", "y")]
    [InlineData("[submodule \"a\"]\npath = vendor/a\n[submodule \"b\"]\nurl = y\n[submodule \"a\"]\nurl = z\n", "vendor/a", "z")]
    [InlineData("[submodule \"a\"]\npath = vendor/a\n", "vendor/a", null)]
    public void The_file_is_read_as_git_reads_it(string text, string path, string? url)
    {
        var modules = GitModules.Parse(Encoding.UTF8.GetBytes(text));

        modules.Problem.ShouldBeNull();
        modules.Find(path).ShouldBe(new GitModule(path, url));
        modules.Find(path + "/below/it").ShouldBe(new GitModule(path, url));
        modules.Find(path + "b").ShouldBeNull();
        modules.Find("vendor").ShouldBeNull();
        modules.Find(string.Empty).ShouldBeNull();
    }

    [Theory]
    [InlineData("path = a", ".gitmodules, line 1: a key stands before any section")]
    [InlineData("[submodule \"a\n\"]", ".gitmodules, line 1: the name of a section does not end")]
    [InlineData("[submodule \"a\"\npath = x", ".gitmodules, line 1: a section's ] is missing")]
    [InlineData("\n[submodule \"a\"]\npath = \"x", ".gitmodules, line 3: a quote does not end")]
    [InlineData("[submodule \"a\"]\npath = \\x", ".gitmodules, line 2: a backslash stands before what needs none")]
    [InlineData("[submodule \"a\"]\n= x", ".gitmodules, line 2: a name is expected")]
    [InlineData("[", ".gitmodules, line 1: a name is expected")]
    [InlineData("<<<<<<< HEAD", ".gitmodules, line 1: a key stands before any section")]
    public void A_file_that_makes_no_sense_says_where(string text, string problem)
    {
        var modules = GitModules.Parse(Encoding.UTF8.GetBytes(text));

        (modules.IsEmpty, modules.Problem).ShouldBe((true, problem));
    }

    [Theory]
    [InlineData("https://e.org/a.git", "https://other.org/x/y", "https://e.org/a.git")]
    [InlineData("../a.git", "https://e.org/team/app.git", "https://e.org/team/a.git")]
    [InlineData("../a.git/", "https://e.org/team/app.git/", "https://e.org/team/a.git")]
    [InlineData("../../other/a", "https://e.org/team/app", "https://e.org/other/a")]
    [InlineData("./", "https://e.org/team/app", "https://e.org/team/app")]
    [InlineData("./sub/a", "https://e.org/team/app", "https://e.org/team/app/sub/a")]
    [InlineData(".././../a", "https://e.org/team/app", "https://e.org/a")]
    [InlineData("../a", "ssh://git@e.org:22/team/app.git", "ssh://git@e.org:22/team/a")]
    [InlineData("../a", "git@e.org:team/app.git", "git@e.org:team/a")]
    [InlineData("../../a", "git@e.org:team/app.git", "git@e.org:a")]
    [InlineData("../a", "git@e.org:app.git", "git@e.org:a")]
    [InlineData("../a", "file:///srv/app", "file:///srv/a")]
    [InlineData("../../a", "file:///srv/app", "file:///a")]
    [InlineData("../a", "/srv/git/app", "/srv/git/a")]
    [InlineData("../../../a", "https://e.org/team/app", null)]
    [InlineData("../../../a", "file:///srv/app", null)]
    [InlineData("../../../a", "git@e.org:team/app.git", null)]
    public void A_url_may_be_relative_to_that_of_the_repository(string url, string parent, string? expected) =>
        SubmoduleUrl.Resolve(url, parent).ShouldBe(expected);
}
