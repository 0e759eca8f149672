using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Operator.Diff.Masking;
using GitOps.Operator.Model;

namespace GitOps.Operator.Diff;

/// <summary>Describes fields in which a live object differs: values masked and cut, the manager where there is one.</summary>
internal sealed class FieldDiffFactory
{
    /// <summary>UTF-16 characters of a value. What is longer ends with <see cref="Cut"/>.</summary>
    public const int MaxValue = 128;

    public const string Cut = "…";

    private readonly SecretMask _mask;
    private readonly JsonObject _desired;
    private readonly JsonObject _live;

    /// <param name="mask">What must not be shown.</param>
    /// <param name="desired">The object as it is desired.</param>
    /// <param name="live">The live object.</param>
    public FieldDiffFactory(SecretMask mask, KubernetesObject desired, KubernetesObject live)
    {
        _mask = mask;
        _desired = desired.Json;
        _live = live.Json;
    }

    /// <param name="path">Of the field.</param>
    /// <param name="desired">Its desired value; null where there is none.</param>
    /// <param name="live">Its live value; null where there is none.</param>
    /// <param name="owner">
    /// Who set the live value, if the server has recorded it. A zero value may have an owner and not be stored: that is no removal.
    /// </param>
    public FieldDiff Make(FieldPath path, JsonNode? desired, JsonNode? live, ManagedFieldsEntry? owner) => new()
    {
        Field = path,
        Path = SecretMask.ShowPath(path),
        Change = desired is null ? FieldChange.Added : live is null && owner is null ? FieldChange.Removed : FieldChange.Changed,
        Desired = desired is null ? null : Shorten(_mask.Show(_desired, path, desired)),
        Live = live is null ? null : Shorten(_mask.Show(_live, path, live)),
        Manager = owner?.Manager ?? string.Empty,
        Operation = owner?.Operation ?? string.Empty,
        Subresource = owner?.Subresource ?? string.Empty,
        Time = owner?.Time ?? string.Empty,
    };

    private static string Shorten(string text)
    {
        if (text.Length <= MaxValue)
        {
            return text;
        }

        // Not between the two halves of a surrogate pair: what is left would be no valid text.
        var end = MaxValue - Cut.Length;
        return string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[end - 1]) ? end - 1 : end), Cut);
    }
}
