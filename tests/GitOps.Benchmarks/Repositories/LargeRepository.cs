using System.Diagnostics;
using System.Globalization;
using System.Text;
using GitOps.Benchmarks.Cluster;

namespace GitOps.Benchmarks.Repositories;

/// <summary>
/// A bare repository of 100 teams with 100 applications of ten files each, and a history in which every commit but the first changes
/// one file: the same commits each time. Packed as a server packs it.
/// </summary>
internal sealed class LargeRepository
{
    public const int Teams = 100;
    public const int ApplicationsOfTeam = 100;
    public const int FilesOfApplication = 10;
    public const int Files = Teams * ApplicationsOfTeam * FilesOfApplication;
    public const int Commits = 50_000;

    // Coprime to the number of files, so that the changes are spread over all of them.
    private const int Stride = 7_919;

    private readonly string _directory;
    private int _commits = Commits;

    private LargeRepository(string directory) => _directory = directory;

    public string Url => new Uri(_directory).AbsoluteUri;

    public static async Task<LargeRepository> CreateAsync(string directory, CancellationToken cancellationToken)
    {
        var repository = new LargeRepository(directory);
        await GitCommand.RunAsync(directory, ["init", "--quiet", "--bare", "--initial-branch=main"], cancellationToken);
        await GitCommand.RunAsync(directory, ["config", "uploadpack.allowFilter", "true"], cancellationToken);
        await repository.ImportAsync(WriteHistory, cancellationToken);
        await GitCommand.RunAsync(directory, ["gc", "--quiet"], cancellationToken);
        return repository;
    }

    public static string PathOf(int team, int application) => string.Create(CultureInfo.InvariantCulture, $"teams/team-{team:D2}/app-{application:D2}");

    /// <summary>Commits a change of the first file of an application.</summary>
    public Task CommitAsync(int team, int application, CancellationToken cancellationToken)
    {
        var number = _commits++;
        return ImportAsync(
            writer =>
            {
                WriteCommit(writer, number, isFirst: false, "from refs/heads/main^0\n");
                WriteFile(writer, ((team * ApplicationsOfTeam) + application) * FilesOfApplication, number);
            },
            cancellationToken);
    }

    private static void WriteHistory(TextWriter writer)
    {
        WriteCommit(writer, 0, isFirst: true, string.Empty);
        for (var file = 0; file < Files; file++)
        {
            WriteFile(writer, file, 0);
        }

        for (var number = 1; number < Commits; number++)
        {
            WriteCommit(writer, number, isFirst: false, string.Empty);
            WriteFile(writer, (int)((long)number * Stride % Files), number);
        }
    }

    private static void WriteCommit(TextWriter writer, int number, bool isFirst, string from)
    {
        var message = isFirst ? "Import" : string.Create(CultureInfo.InvariantCulture, $"Change {number}");
        writer.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"commit refs/heads/main\ncommitter Benchmark <benchmark@example.com> {1_700_000_000 + (number * 60)} +0000\ndata {message.Length}\n{message}\n{from}"));
    }

    private static void WriteFile(TextWriter writer, int file, int change)
    {
        var (application, number) = Math.DivRem(file, FilesOfApplication);
        var path = $"{PathOf(application / ApplicationsOfTeam, application % ApplicationsOfTeam)}/file-{number}.yaml";
        var content = string.Create(CultureInfo.InvariantCulture, $$"""
            apiVersion: v1
            kind: ConfigMap
            metadata:
              name: app-{{application}}-{{number}}
              labels: {app: app-{{application}}, part: part-{{number}}}
            data:
              change: "{{change}}"
              url: https://app-{{application}}.example.com/{{number}}

            """);
        writer.Write(string.Create(CultureInfo.InvariantCulture, $"M 100644 inline {path}\ndata {content.Length}\n{content}\n"));
    }

    private async Task ImportAsync(Action<TextWriter> write, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("git", ["fast-import", "--quiet", "--force"])
        {
            WorkingDirectory = _directory,
            RedirectStandardInput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await using (var writer = new StreamWriter(process.StandardInput.BaseStream, new UTF8Encoding(false), 64 * 1024) { NewLine = "\n" })
        {
            write(writer);
        }

        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"git fast-import: {await error}");
        }
    }
}
