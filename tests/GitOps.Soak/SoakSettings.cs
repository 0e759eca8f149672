namespace GitOps.Soak;

/// <summary>How large and how wild a soak is.</summary>
public sealed record SoakSettings
{
    /// <summary>Of all dice: what is done, to what, by whom, and what goes wrong.</summary>
    public required int Seed { get; init; }

    /// <summary>Part of every name of the run.</summary>
    public required string Prefix { get; init; }

    /// <summary>Every second one heals, the others report.</summary>
    public int Applications { get; init; } = 200;

    /// <summary>How long things happen.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>What is done to objects in a second.</summary>
    public double ActionsPerSecond { get; init; } = 10;

    /// <summary>How long it may take afterwards until everything is told and healed.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>Where its Applications are; the operator has to trust it. Null: <c>PREFIX-apps</c>.</summary>
    public string ApplicationNamespace { get => field ?? $"{Prefix}-apps"; init; }
}
