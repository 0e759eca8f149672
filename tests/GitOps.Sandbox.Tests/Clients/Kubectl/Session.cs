using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using GitOps.Sandbox.Tests.Replay;
using GitOps.Testing;

namespace GitOps.Sandbox.Tests.Clients.Kubectl;

/// <summary>
/// A recorded session with a real v1.36: what was typed (<c>$ kubectl …</c>), variables set before (<c>% NAME=value</c>), what
/// is repeated until it succeeds, as a real server publishes some things late (<c>~ kubectl …</c>), and what came out: standard output, standard error after <c>! </c>, and after <c>= </c> the exit code if it was not 0. With
/// UPDATE_GOLDEN=1 and a fresh server named by GITOPS_TEST_KUBECONFIG what came out is recorded anew.
/// </summary>
internal static class Session
{
    private static readonly bool IsUpdating = Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1";

    public static IEnumerable<string> Names => Directory.EnumerateDirectories(Folder).Select(Path.GetFileName).OfType<string>();

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Clients", "Kubectl", "sessions");

    /// <summary>Types the session's commands, and compares what comes out.</summary>
    public static async Task PlayAsync(string name)
    {
        var ns = "kubectl-" + name;
        await using var kubectl = await KubectlRunner.StartAsync(ns);
        Copy(Path.Combine(Folder, name), kubectl.WorkingDirectory);
        var recorded = await File.ReadAllLinesAsync(Path.Combine(Folder, name, "session.txt"));
        var played = new StringBuilder();
        foreach (var line in recorded)
        {
            if (line.StartsWith("% ", StringComparison.Ordinal))
            {
                var (variable, value) = Split(line[2..], '=');
                kubectl.Set(variable, value);
                played.Append(line).Append('\n');
            }
            else if (line.StartsWith("~ ", StringComparison.Ordinal))
            {
                await Eventually.HoldsAsync(async () => (await kubectl.RunAsync(Words(line[2..])[1..])).ExitCode == 0, line);
                played.Append(line).Append('\n');
            }
            else if (line.StartsWith("$ ", StringComparison.Ordinal))
            {
                played.Append(line).Append('\n').Append(await TypeAsync(kubectl, line[2..], ns));
            }
        }

        if (IsUpdating)
        {
            await File.WriteAllTextAsync(SourcePath(name), played.ToString());
            return;
        }

        Compare(recorded, played.ToString().TrimEnd('\n').Split('\n'), name);
    }

    private static async Task<string> TypeAsync(KubectlRunner kubectl, string line, string ns)
    {
        var words = Words(line.Replace("${ns}", ns, StringComparison.Ordinal));
        var input = string.Empty;
        if (words is [.., "<", var file])
        {
            input = await File.ReadAllTextAsync(Path.Combine(kubectl.WorkingDirectory, file));
            words = words[..^2];
        }

        var result = await kubectl.RunAsync(words[1..], input);
        return Text(result, words);
    }

    private static string Text(ProgramResult result, List<string> words)
    {
        var text = new StringBuilder();
        foreach (var line in SessionText.Lines(result.Output, words))
        {
            text.Append(line).Append('\n');
        }

        foreach (var line in SessionText.Lines(result.Error, words))
        {
            text.Append("! ").Append(line).Append('\n');
        }

        return result.ExitCode == 0 ? text.ToString() : text.Append(CultureInfo.InvariantCulture, $"= {result.ExitCode}\n").ToString();
    }

    /// <summary>Names the command whose output differs first, with what it should be.</summary>
    private static void Compare(string[] recorded, string[] played, string name)
    {
        var command = string.Empty;
        for (var i = 0; i < Math.Max(recorded.Length, played.Length); i++)
        {
            var (expected, actual) = (i < recorded.Length ? recorded[i] : "(nothing more)", i < played.Length ? played[i] : "(nothing more)");
            if (expected != actual)
            {
                var block = string.Join('\n', played.Skip(i).Take(12));
                Assert.Fail($"{name}, line {i + 1}: {command}\nexpected: {expected}\n but was: {actual}\n{block}");
            }

            command = expected.StartsWith("$ ", StringComparison.Ordinal) ? expected : command;
        }
    }

    private static List<string> Words(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var (quote, isOpen) = ('\0', false);
        foreach (var letter in line)
        {
            if (quote != '\0' && letter == quote)
            {
                quote = '\0';
            }
            else if (quote == '\0' && letter is '\'' or '"')
            {
                (quote, isOpen) = (letter, true);
            }
            else if (quote == '\0' && letter == ' ')
            {
                if (isOpen || word.Length > 0)
                {
                    words.Add(word.ToString());
                }

                word.Clear();
                isOpen = false;
            }
            else
            {
                word.Append(letter);
            }
        }

        words.Add(word.ToString());
        return words;
    }

    private static (string Before, string After) Split(string text, char separator)
    {
        var at = text.IndexOf(separator, StringComparison.Ordinal);
        return (text[..at], text[(at + 1)..]);
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private static string SourcePath(string name, [CallerFilePath] string path = "") =>
        Path.Combine(Path.GetDirectoryName(path)!, "sessions", name, "session.txt");
}
