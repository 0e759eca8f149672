using System.Collections.Immutable;

namespace GitOps.Operator.Api;

/// <summary>Collects what is wrong with one spec; a field is reported once.</summary>
internal sealed class SpecErrors
{
    private readonly List<SpecError> _errors = [];

    public bool IsEmpty => _errors.Count == 0;

    public void Add(SpecError error)
    {
        if (_errors.TrueForAll(other => other.Field != error.Field))
        {
            _errors.Add(error);
        }
    }

    public void Invalid(string field, string message) => Add(new(field, SpecErrorReason.InvalidField, message));

    public void Unsupported(string field, string message) => Add(new(field, SpecErrorReason.UnsupportedField, message));

    public void Contradiction(string field, string message) => Add(new(field, SpecErrorReason.Contradiction, message));

    /// <summary>By field, so that the same spec gives the same message.</summary>
    public ImmutableArray<SpecError> ToSorted() => [.. _errors.OrderBy(static error => error.Field, StringComparer.Ordinal)];
}
