using System.Diagnostics;

namespace GitOps.Operator.Commands;

/// <summary>Makes a Git repository of the examples that lie beside the program.</summary>
internal static class ExampleRepository
{
    private const string Branch = "main";
    private const string Name = "GitOps Sandbox";
    private const string Email = "sandbox@gitops-operator.dev";

    private static string Examples => Path.Combine(AppContext.BaseDirectory, "examples");

    /// <returns>The directory.</returns>
    public static async Task<string> CreateAsync(string directory, CancellationToken cancellationToken)
    {
        Copy(Examples, directory);
        await GitAsync(directory, cancellationToken, "init", "--quiet", "--initial-branch", Branch);

        // As Git servers have it. Without it the first thing that the sandbox says is a warning about itself.
        await GitAsync(directory, cancellationToken, "config", "uploadpack.allowFilter", "true");
        await GitAsync(directory, cancellationToken, "add", "--all");
        await GitAsync(
            directory, cancellationToken,
            "-c", $"user.name={Name}", "-c", $"user.email={Email}", "-c", "commit.gpgSign=false", "commit", "--quiet", "--message", "Import the examples");
        await EnsureIdentityAsync(directory, cancellationToken);
        return directory;
    }

    /// <returns>The directory, as a full path.</returns>
    public static string Check(string directory)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        if (!Directory.Exists(full))
        {
            throw new CommandException($"--repository: there is no directory '{full}'");
        }

        var isRepository = Path.Exists(Path.Combine(full, ".git")) || File.Exists(Path.Combine(full, "HEAD"));
        return isRepository
            ? full
            : throw new CommandException($"--repository: '{full}' is not a Git repository; make it one with 'git init' and a first commit");
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    /// <summary>So that the user can commit on a machine where git was never set up.</summary>
    private static async Task EnsureIdentityAsync(string directory, CancellationToken cancellationToken)
    {
        using var process = Start(directory, keepUserConfiguration: true, ["config", "user.email"]);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            await GitAsync(directory, cancellationToken, "config", "user.name", Name);
            await GitAsync(directory, cancellationToken, "config", "user.email", Email);
        }
    }

    private static async Task GitAsync(string directory, CancellationToken cancellationToken, params string[] arguments)
    {
        using var process = Start(directory, keepUserConfiguration: false, arguments);
        var error = await process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new CommandException($"git {arguments[0]} failed in '{directory}': {error.Trim()}");
        }
    }

    private static Process Start(string directory, bool keepUserConfiguration, string[] arguments)
    {
        var start = new ProcessStartInfo("git", arguments)
        {
            WorkingDirectory = directory,
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };

        // A variable of a hook that this runs under would make git work on another repository.
        foreach (var name in start.Environment.Keys.Where(static name => name.StartsWith("GIT_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        if (!keepUserConfiguration)
        {
            start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
            start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new CommandException("there is no git program on the PATH; install git", exception);
        }
    }
}
