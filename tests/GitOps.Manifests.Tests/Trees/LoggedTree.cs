using System.Globalization;
using GitOps.Manifests.Trees;

namespace GitOps.Manifests.Tests.Trees;

/// <summary>
/// Writes down every access with its answer in full, knowing nothing of what is recorded: two commits in which a rendering's
/// accesses have the same answers are the same to it.
/// </summary>
internal sealed class LoggedTree(ISourceTree inner) : ISourceTree
{
    private readonly Dictionary<(string Verb, string Path), string> _answers = [];

    public string Revision => inner.Revision;

    public async ValueTask<TreeEntry?> FindAsync(string path, CancellationToken cancellationToken) => await LogAsync("find", path, inner.FindAsync, Text, cancellationToken);

    public async ValueTask<IReadOnlyList<TreeEntry>> ListAsync(string path, CancellationToken cancellationToken) =>
        await LogAsync("list", path, inner.ListAsync, static entries => string.Join('\n', entries.Select(Text)), cancellationToken);

    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(string path, CancellationToken cancellationToken) =>
        await LogAsync("read", path, inner.ReadAsync, static content => Convert.ToHexString(content.Span), cancellationToken);

    /// <summary>An access that another tree answers otherwise; null: there is none.</summary>
    public async ValueTask<string?> DifferenceAsync(ISourceTree other, CancellationToken cancellationToken)
    {
        foreach (var ((verb, path), answer) in _answers)
        {
            var tree = new LoggedTree(other);
            try
            {
                switch (verb)
                {
                    case "find":
                        await tree.FindAsync(path, cancellationToken);
                        break;
                    case "list":
                        await tree.ListAsync(path, cancellationToken);
                        break;
                    default:
                        await tree.ReadAsync(path, cancellationToken);
                        break;
                }
            }
            catch (SourceTreeException)
            {
                // That is its answer.
            }

            if (tree._answers[(verb, path)] != answer)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{verb} {path}");
            }
        }

        return null;
    }

    /// <summary>What is there; what it holds is another question.</summary>
    private static string Text(TreeEntry? entry) => entry is null ? "nothing" : $"{entry.Path} {entry.Kind} {entry.LinkTarget}";

    private async ValueTask<T> LogAsync<T>(
        string verb, string path, Func<string, CancellationToken, ValueTask<T>> ask, Func<T, string> text, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await ask(path, cancellationToken);
            _answers[(verb, path)] = text(answer);
            return answer;
        }
        catch (SourceTreeException exception)
        {
            _answers[(verb, path)] = "refused: " + exception.Message;
            throw;
        }
    }
}
