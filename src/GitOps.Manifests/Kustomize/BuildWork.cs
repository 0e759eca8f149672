using System.Globalization;
using GitOps.Kubernetes.Objects;

namespace GitOps.Manifests.Kustomize;

/// <summary>
/// Counts what one build does, in steps of about the same length, and ends it where a repository asks for far more than any real
/// one: many small files can stand for a result of any size. The count flows with the call, so that whatever loops or copies can
/// add to it.
/// </summary>
internal sealed class BuildWork
{
    /// <summary>How deep values may be nested, however they came to be.</summary>
    public const int MaxDepth = KubernetesJson.MaxDepth;

    /// <summary>What a value counts that is kept, for the memory that it takes.</summary>
    private const int ValueSteps = 200;

    private static readonly AsyncLocal<BuildWork?> Running = new();

    private readonly long _maxSteps;
    private string _doing = "resources";

    private BuildWork(long maxSteps) => _maxSteps = maxSteps;

    /// <summary>So far.</summary>
    public long Steps { get; private set; }

    /// <summary>Counts what the caller does from here on.</summary>
    public static BuildWork Begin(long maxSteps) => Running.Value = new(maxSteps);

    /// <summary>Names the field that the next steps are for, for errors.</summary>
    public static void For(string field)
    {
        if (Running.Value is { } work)
        {
            work._doing = field;
        }
    }

    /// <exception cref="KustomizeException">It has become too much.</exception>
    public static void Spend(long steps)
    {
        if (Running.Value is { } work)
        {
            work.Add(steps);
        }
    }

    /// <summary>Values and texts that have been made.</summary>
    /// <exception cref="KustomizeException">It has become too much.</exception>
    public static void Hold(long values, long characters) => Spend((values * ValueSteps) + characters);

    /// <exception cref="KustomizeException">It is nested too deep.</exception>
    public static void CheckDepth(int depth)
    {
        if (depth > MaxDepth)
        {
            throw new KustomizeException(string.Create(
                CultureInfo.InvariantCulture, $"{Running.Value?._doing ?? "a value"}: this would be nested deeper than {MaxDepth} levels"));
        }
    }

    private void Add(long steps)
    {
        Steps += steps;
        if (Steps > _maxSteps)
        {
            throw new KustomizeException(
                $"{_doing}: the build takes too many steps, or its result becomes too large: remove what multiplies it, or split the application");
        }
    }
}
