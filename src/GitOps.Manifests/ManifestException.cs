using System.Collections.Immutable;

namespace GitOps.Manifests;

/// <summary>One thing that is wrong with a manifest.</summary>
/// <param name="File">Path from the tree's root; the directory where no single file is to blame.</param>
/// <param name="Location">Where in the file; null where the file as a whole is meant.</param>
/// <param name="Message">What is wrong and what to do. Holds no values, since they may be secret.</param>
public sealed record ManifestError(string File, SourceLocation? Location, string Message)
{
    public ManifestError(SourceLocation location, string message)
        : this(location.File, location, message)
    {
    }

    public override string ToString() => Location is null ? $"{File}: {Message}" : $"{Location}: {Message}";
}

/// <summary>The manifests cannot be rendered until somebody changes them. Has every error that was found, not only the first.</summary>
public sealed class ManifestException : Exception
{
    private const int MaxShown = 20;

    public ManifestException(ImmutableArray<ManifestError> errors)
        : base(Describe(errors)) => Errors = errors;

    public ManifestException(ManifestError error)
        : this([error])
    {
    }

    public ImmutableArray<ManifestError> Errors { get; }

    private static string Describe(ImmutableArray<ManifestError> errors)
    {
        var text = string.Join('\n', errors.Take(MaxShown));
        return errors.Length <= MaxShown ? text : $"{text}\nand {errors.Length - MaxShown} more errors";
    }
}
