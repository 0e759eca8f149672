using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Registry;

/// <summary>Deletes objects: at once, or, where something holds them, by marking them.</summary>
internal sealed class ObjectDeleter
{
    private readonly Cluster _cluster;

    public ObjectDeleter(Cluster cluster) => _cluster = cluster;

    /// <summary>One object, by name, as somebody asked for it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="resource">The object's resource.</param>
    /// <param name="path">The request's path; it has no name if a collection is deleted.</param>
    /// <param name="name">The object's name.</param>
    /// <param name="options">What is asked for.</param>
    /// <returns>A Status if it is gone, else the object.</returns>
    public async ValueTask<WriteOutcome> DeleteAsync(
        ApiContext context, ServedResource resource, RequestPath path, string name, DeletionOptions options)
    {
        var table = _cluster.Store.Table(resource.Storage);
        while (true)
        {
            var stored = table.Find(path.Namespace ?? string.Empty, name) ?? throw ApiError.NotFound(resource.Storage, name);
            DeletionRules.CheckPreconditions(resource, stored, options);
            var request = AdmissionRequest.OfDeletion(context, resource, path, options, stored);
            await _cluster.Admission.MutateAsync(request);
            await _cluster.Admission.ValidateAsync(request);
            if (TryDelete(resource, table, stored, options) is { } outcome)
            {
                return outcome;
            }
        }
    }

    /// <summary>One object, by name, by the server's own hand: nobody else is asked.</summary>
    /// <returns>A Status if it is gone, else the object.</returns>
    public WriteOutcome Delete(ServedResource resource, string @namespace, string name, DeletionOptions options)
    {
        var table = _cluster.Store.Table(resource.Storage);
        while (true)
        {
            var stored = table.Find(@namespace, name) ?? throw ApiError.NotFound(resource.Storage, name);
            if (TryDelete(resource, table, stored, options) is { } outcome)
            {
                return outcome;
            }
        }
    }

    /// <summary>One object in a state that was read; nothing happens if that is not its state any more.</summary>
    /// <param name="resource">Its resource.</param>
    /// <param name="table">Where it is stored.</param>
    /// <param name="stored">The state that was read.</param>
    /// <param name="options">What is asked for.</param>
    /// <param name="isCascading">Whether the definition itself deletes its object, and knows about it.</param>
    /// <returns>Null: it changed meanwhile.</returns>
    public WriteOutcome? TryDelete(
        ServedResource resource, ResourceTable table, StoredObject stored, DeletionOptions options, bool isCascading = false)
    {
        DeletionRules.CheckPreconditions(resource, stored, options);
        var next = resource.Read(stored);
        var changed = DeletionRules.Mark(_cluster, resource, next, options);
        if (DeletionRules.IsReleased(next))
        {
            var deleted = options.DryRun ? stored : _cluster.Store.TryDelete(table, stored);
            if (deleted is null)
            {
                return null;
            }

            Announce(resource, stored, options.DryRun || isCascading);

            return WriteOutcome.Of(200, Answer(resource, deleted, next));
        }

        if (!changed)
        {
            return WriteOutcome.Of(200, stored);
        }

        if (options.DryRun)
        {
            return WriteOutcome.Of(200, next);
        }

        if (_cluster.Store.TryReplace(table, stored, resource.Draft(next)) is not { } marked)
        {
            return null;
        }

        Announce(resource, stored, isCascading);
        return WriteOutcome.Of(200, marked);
    }

    private void Announce(ServedResource resource, StoredObject stored, bool isKnown)
    {
        if (!isKnown)
        {
            _cluster.Definitions.OnWritten(resource, stored.Name);
        }
    }

    /// <summary>Pods are answered as they were marked, some kinds as they were, all others with a Status.</summary>
    private static JsonObject Answer(ServedResource resource, StoredObject stored, JsonObject marked) =>
        resource.Storage == AdmissionPlugins.Pods ? At(marked, stored.ResourceVersion)
        : KindRules.AnswersDeletionWithObject(resource) ? resource.Read(stored)
        : Success(resource, stored);

    private static JsonObject At(JsonObject json, long version)
    {
        MetadataRules.Of(json)["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture);
        return json;
    }

    private static JsonObject Success(ServedResource resource, StoredObject stored)
    {
        var details = new JsonObject { ["name"] = stored.Name };
        if (resource.Group.Length > 0)
        {
            details["group"] = resource.Group;
        }

        details["kind"] = resource.Plural;
        details["uid"] = stored.Uid;
        return new()
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Success",
            ["details"] = details,
        };
    }
}
