namespace GitOps.Operator.Model.Ignoring.Jq;

/// <summary>An expression that is not taken.</summary>
/// <param name="column">Counted from 1.</param>
/// <param name="problem">The word there, and what is wrong with it.</param>
internal sealed class JqSyntaxException(int column, string problem) : Exception($"column {column}: {problem}");
