using System.Collections.Immutable;

namespace GitOps.Manifests.Helm;

/// <summary>A file that helm is given.</summary>
/// <param name="Path">In its working directory, normalised.</param>
/// <param name="Content">Of the file.</param>
public sealed record HelmFile(string Path, ReadOnlyMemory<byte> Content);

/// <summary>One run of helm.</summary>
/// <param name="Files">All that it may read.</param>
/// <param name="Arguments">Everything after <c>helm</c>; paths are those of the files.</param>
public sealed record HelmRun(IReadOnlyList<HelmFile> Files, ImmutableArray<string> Arguments);

/// <summary>What helm wrote.</summary>
/// <param name="Output">To stdout: manifests.</param>
/// <param name="Messages">To stderr: warnings.</param>
public sealed record HelmOutput(ReadOnlyMemory<byte> Output, string Messages);

/// <summary>The helm program: it gets the files of one run and nothing else.</summary>
public interface IHelmProgram
{
    /// <returns><c>v4.2.3</c>.</returns>
    /// <exception cref="HelmException">It cannot be run.</exception>
    ValueTask<string> VersionAsync(CancellationToken cancellationToken);

    /// <exception cref="HelmException">It failed, or could not be run.</exception>
    Task<HelmOutput> RunAsync(HelmRun run, CancellationToken cancellationToken);
}

public enum HelmFailure
{
    /// <summary>Helm says that the chart or its values are wrong: the same files fail again.</summary>
    Chart,

    /// <summary>It took too long, or more of the machine than it may.</summary>
    Limit,

    /// <summary>There is no helm, or it cannot be kept apart from the operator.</summary>
    Unavailable,
}

/// <summary>Helm gave nothing that could be used. The message says why and what to do.</summary>
public sealed class HelmException : Exception
{
    public HelmException(HelmFailure failure, string message, Exception? inner = null)
        : base(message, inner) => Failure = failure;

    public HelmFailure Failure { get; }
}
