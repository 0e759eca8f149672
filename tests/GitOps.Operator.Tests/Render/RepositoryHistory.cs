using System.Globalization;
using System.Text;
using GitOps.Operator.Tests.Git;
using GitOps.Testing.Repositories;

namespace GitOps.Operator.Tests.Render;

/// <summary>The commits of a random repository, written to a Git repository at once.</summary>
internal static class RepositoryHistory
{
    private const string SomeCommit = "1111111111111111111111111111111111111111";

    /// <returns>The commits in order, each with what it did.</returns>
    public static IReadOnlyList<(string Sha, string Said)> Write(TestRepository repository, int seed, int commits)
    {
        var random = new RandomRepository(seed);
        var changes = new RandomCommits(seed);
        var stream = new StringBuilder();
        var said = new List<string>();
        for (var i = 0; i <= commits; i++)
        {
            said.Add(i == 0 ? "start" : changes.Next(random.Files));
            Commit(stream, i, random.Files);
        }

        repository.GitWithInput(Encoding.UTF8.GetBytes(stream.ToString()), "fast-import", "--quiet", "--force");
        var shas = repository.Git("rev-list", "--first-parent", "--reverse", "main").Split('\n');
        return [.. shas.Zip(said)];
    }

    private static void Commit(StringBuilder stream, int number, SortedDictionary<string, RepositoryEntry> files)
    {
        stream.Append(CultureInfo.InvariantCulture, $"commit refs/heads/main\ncommitter Ada <ada@example.org> {1_700_000_000 + number} +0000\ndata 1\nx\ndeleteall\n");
        foreach (var (path, entry) in files)
        {
            if (entry.Kind == EntryKind.Submodule)
            {
                stream.Append(CultureInfo.InvariantCulture, $"M 160000 {SomeCommit} {path}\n");
                continue;
            }

            var mode = entry.Kind switch { EntryKind.Executable => "100755", EntryKind.Link => "120000", _ => "100644" };
            stream.Append(CultureInfo.InvariantCulture, $"M {mode} inline {path}\ndata {Encoding.UTF8.GetByteCount(entry.Text)}\n{entry.Text}\n");
        }
    }
}
