using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;

namespace GitOps.Operator.Apply;

/// <summary>What became of an object that has to go before it can be made anew.</summary>
internal enum Removal
{
    /// <summary>It was gone already.</summary>
    Gone,

    /// <summary>Somebody had deleted it already, and it is held.</summary>
    Going,

    /// <summary>It was deleted, and is held.</summary>
    Begun,

    /// <summary>It was deleted, and is gone.</summary>
    Done,
}

/// <summary>
/// What an apply cannot do: put an object in place as a whole (Replace), or make it anew (Force). An apply follows in either
/// case, so that our fields are owned as those of all other objects are.
/// </summary>
internal sealed class WholeWrites
{
    private const int MaxReadings = 5;
    private const string Propagation = "Background";

    private readonly IKubernetesClient _reader;

    /// <param name="reader">Reads as the operator.</param>
    public WholeWrites(IKubernetesClient reader) => _reader = reader;

    /// <summary>
    /// Puts the desired object in the place of the live one, under the version that was read. Finalizers and owners that are not
    /// of the manifest stay: others hold the object by them.
    /// </summary>
    /// <param name="writer">As whom.</param>
    /// <param name="resource">Of the kind.</param>
    /// <param name="desired">The manifest.</param>
    /// <param name="hold">From the live object to what is put in its place; null: the manifest.</param>
    /// <param name="options">Of the write.</param>
    /// <param name="cancellationToken">Stops before the next request.</param>
    /// <returns>Whether there was one; false: an apply will create it.</returns>
    public async Task<bool> ReplaceAsync(
        IKubernetesClient writer, ApiResource resource, KubernetesObject desired, Func<KubernetesObject, bool, KubernetesObject>? hold,
        WriteOptions options, CancellationToken cancellationToken)
    {
        for (var reading = 1; ; reading++)
        {
            var live = await _reader.GetAsync(resource, desired.Namespace, desired.Name, cancellationToken);
            if (live is null || live.IsTerminating)
            {
                return false;
            }

            var whole = (hold?.Invoke(live, true) ?? desired).DeepClone();
            whole.Metadata!["resourceVersion"] = live.ResourceVersion;
            whole.Metadata["uid"] = live.Uid;
            foreach (var held in (ReadOnlySpan<string>)["finalizers", "ownerReferences"])
            {
                if (!whole.Metadata.ContainsKey(held) && live.Metadata![held] is { } there)
                {
                    whole.Metadata[held] = there.DeepClone();
                }
            }

            try
            {
                await writer.ReplaceAsync(resource, whole, options, cancellationToken);
                return true;
            }
            catch (ApiException refusal) when ((refusal.IsConflict || refusal.IsNotFound) && reading < MaxReadings)
            {
                // It changed, or went, after it was read.
            }
        }
    }

    /// <summary>
    /// Deletes an object whose change the server refuses, so that it can be made anew; but only once the server has said that it
    /// would take the new one.
    /// </summary>
    /// <returns>How far the deletion is, and whether it is ours.</returns>
    /// <exception cref="ApiException">The new one would be refused too, or the deletion is.</exception>
    public async Task<Removal> DeleteAsync(
        IKubernetesClient writer, ApiResource resource, KubernetesObject desired, WriteOptions options, CancellationToken cancellationToken)
    {
        for (var reading = 1; ; reading++)
        {
            var live = await _reader.GetAsync(resource, desired.Namespace, desired.Name, cancellationToken);
            if (live is null)
            {
                return Removal.Gone;
            }

            if (live.IsTerminating)
            {
                return Removal.Going;
            }

            await ProbeAsync(writer, resource, desired, options, cancellationToken);
            try
            {
                var outcome = await writer.DeleteAsync(
                    resource, live.Namespace, live.Name, new DeleteOptions(Propagation, live.Uid, live.ResourceVersion), cancellationToken);
                return outcome == DeleteOutcome.Gone ? Removal.Done : Removal.Begun;
            }
            catch (ApiException refusal) when (refusal.IsConflict && reading < MaxReadings)
            {
                // It changed after it was read.
            }
        }
    }

    // Everything is checked before the server looks whether the name is taken.
    private static async Task ProbeAsync(
        IKubernetesClient writer, ApiResource resource, KubernetesObject desired, WriteOptions options, CancellationToken cancellationToken)
    {
        try
        {
            await writer.CreateAsync(resource, desired, options with { DryRun = true }, cancellationToken);
        }
        catch (ApiException refusal) when (refusal.IsAlreadyExists)
        {
            // The only thing wrong with it is what is about to go.
        }
    }
}
