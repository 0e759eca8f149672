using System.Buffers;
using System.Globalization;
using System.Text;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Http;

/// <summary>Lists: selection, pages at one consistent state, and the meanings of resourceVersion.</summary>
internal static class ListHandler
{
    private const string Exact = "Exact";

    public static async Task HandleAsync(ApiContext context, ServedResource resource, RequestPath path)
    {
        var selection = Selection.Parse(resource, path, context.Query("labelSelector"), context.Query("fieldSelector"));
        ListParameters.Check(context);
        var limit = Limit(context);
        var form = context.Form;
        if (form == AnswerForm.Metadata)
        {
            throw ApiError.NotAcceptable($"you requested PartialObjectMetadata, but the requested object is a list (*{resource.ListKind})");
        }

        var (snapshot, after) = await FindStateAsync(context, resource, limit);
        var page = Page.Take(snapshot, selection, after, limit);
        await context.AnswerAsync(200, form == AnswerForm.Table
            ? TableWriter.Of(context, resource).Write(snapshot.ResourceVersion, page)
            : Write(resource, snapshot, page, form == AnswerForm.MetadataList));
    }

    /// <summary>A list of these objects as it goes out.</summary>
    public static ReadOnlyMemory<byte> Write(ServedResource resource, Snapshot snapshot, Page page, bool metadataOnly)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        output.Write(metadataOnly
            ? ServedResource.TypeHead("meta.k8s.io/v1", "PartialObjectMetadataList", custom: false)
            : ServedResource.TypeHead(resource.GroupVersionKind.ApiVersion, resource.ListKind, resource.Custom is not null));
        WriteListMetadata(output, snapshot.ResourceVersion, page, !metadataOnly && resource.Custom is not null);
        output.Write(",\"items\":["u8);
        for (var i = 0; i < page.Items.Count; i++)
        {
            if (i > 0)
            {
                output.Write(","u8);
            }

            if (metadataOnly)
            {
                page.Items[i].WriteMetadataTo(output, PartialHead);
            }
            else
            {
                resource.WriteItem(page.Items[i], output);
            }
        }

        output.Write("]}"u8);
        return output.WrittenMemory;
    }

    /// <summary>The beginning of an object of which only the metadata goes out.</summary>
    public static byte[] PartialHead { get; } = ServedResource.TypeHead("meta.k8s.io/v1", "PartialObjectMetadata", custom: false);

    internal static void WriteListMetadata(IBufferWriter<byte> output, long resourceVersion, Page page, bool alwaysContinues = false)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"\"metadata\":{{\"resourceVersion\":\"{resourceVersion}\"");
        if (page.Continue is { } token)
        {
            text += $",\"continue\":\"{token}\"";
        }
        else if (alwaysContinues)
        {
            text += ",\"continue\":\"\"";
        }

        if (page.Remaining is { } remaining)
        {
            text += string.Create(CultureInfo.InvariantCulture, $",\"remainingItemCount\":{remaining}");
        }

        output.Write(Encoding.UTF8.GetBytes(text + "}"));
    }

    /// <summary>How many are asked for; 0: all of them. What is answered from memory is answered whole.</summary>
    private static int Limit(ApiContext context)
    {
        var limit = ListParameters.Number(context, "limit") ?? 0;
        return context.Query("resourceVersion") == "0" || limit < 0 ? 0 : (int)Math.Min(limit, int.MaxValue);
    }

    private static async Task<(Snapshot Snapshot, ContinueToken? After)> FindStateAsync(
        ApiContext context, ServedResource resource, int limit)
    {
        var store = context.Cluster.Store;
        var table = store.Table(resource.Storage);
        var versionText = context.Query("resourceVersion");
        var match = context.Query("resourceVersionMatch");
        var continueText = context.Query("continue");
        if (!string.IsNullOrEmpty(continueText))
        {
            if (!string.IsNullOrEmpty(versionText) && versionText != "0")
            {
                throw ApiError.BadRequest("specifying resource version is not allowed when using continue");
            }

            return Continue(store, table, continueText);
        }

        if (string.IsNullOrEmpty(versionText) || versionText == "0")
        {
            return (store.Take(table), null);
        }

        var version = ResourceVersions.Parse(versionText);
        await ResourceVersions.WaitUntilReachedAsync(context, version);
        if (match == Exact || (match is null or "" && limit > 0))
        {
            return (store.TakeAt(table, version) ?? throw ResourceVersions.Expired(version, store.OldestVersion(table)), null);
        }

        return (store.Take(table), null);
    }

    private static (Snapshot Snapshot, ContinueToken? After) Continue(ObjectStore store, ResourceTable table, string text)
    {
        ContinueToken token;
        try
        {
            token = ContinueToken.Parse(text);
        }
        catch (FormatException exception)
        {
            throw ApiError.BadRequest(exception.Message);
        }

        if (token.ResourceVersion == ContinueToken.Present)
        {
            return (store.Take(table), token);
        }

        return store.TakeAt(table, token.ResourceVersion) is { } snapshot
            ? (snapshot, token)
            : throw ExpiredContinuation(token);
    }

    /// <summary>The state that the list began with is forgotten; the token in the answer goes on with the present one.</summary>
    internal static ApiError ExpiredContinuation(ContinueToken token) => new(
        410, "Expired", "The provided continue parameter is too old to display a consistent list result. " +
        "You can start a new list without the continue parameter, or use the continue token in this response to retrieve the " +
        "remainder of the results. Continuing with the provided token results in an inconsistent list.")
    {
        Continue = (token with { ResourceVersion = ContinueToken.Present }).ToString(),
    };
}
