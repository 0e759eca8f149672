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
    private const string NotOlderThan = "NotOlderThan";

    public static async Task HandleAsync(ApiContext context, ServedResource resource, RequestPath path)
    {
        var selection = Selection.Parse(resource, path, context.Query("labelSelector"), context.Query("fieldSelector"));
        var limit = Limit(context);
        var form = context.Form;
        var (snapshot, after) = await FindStateAsync(context, resource, limit);
        var page = Page.Take(snapshot, selection, after, limit);
        await context.AnswerAsync(200, Write(resource, snapshot, page, form, context.Cluster.Options.TimeProvider));
    }

    /// <summary>A list of these objects as it goes out.</summary>
    public static ReadOnlyMemory<byte> Write(ServedResource resource, Snapshot snapshot, Page page, AnswerForm form, TimeProvider time)
    {
        if (form == AnswerForm.Table)
        {
            return TableWriter.Write(resource, snapshot.ResourceVersion, page, time.GetUtcNow());
        }

        var metadataOnly = form == AnswerForm.MetadataOnly;
        var output = new ArrayBufferWriter<byte>(1024);
        output.Write(metadataOnly
            ? ServedResource.TypeHead("meta.k8s.io/v1", "PartialObjectMetadataList", custom: false)
            : ServedResource.TypeHead(resource.GroupVersionKind.ApiVersion, resource.ListKind, resource.Custom is not null));
        WriteListMetadata(output, snapshot.ResourceVersion, page);
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

    internal static void WriteListMetadata(ArrayBufferWriter<byte> output, long resourceVersion, Page page)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"\"metadata\":{{\"resourceVersion\":\"{resourceVersion}\"");
        if (page.Continue is { } token)
        {
            text += $",\"continue\":\"{token}\"";
        }

        if (page.Remaining is { } remaining)
        {
            text += string.Create(CultureInfo.InvariantCulture, $",\"remainingItemCount\":{remaining}");
        }

        output.Write(Encoding.UTF8.GetBytes(text + "}"));
    }

    private static int Limit(ApiContext context)
    {
        var text = context.Query("limit");
        if (string.IsNullOrEmpty(text))
        {
            return 0;
        }

        return int.TryParse(text, CultureInfo.InvariantCulture, out var limit) && limit >= 0
            ? limit
            : throw ApiError.BadRequest($"strconv.ParseInt: parsing \"{text}\": invalid syntax");
    }

    private static async Task<(Snapshot Snapshot, ContinueToken? After)> FindStateAsync(
        ApiContext context, ServedResource resource, int limit)
    {
        var store = context.Cluster.Store;
        var table = store.Table(resource.Storage);
        var versionText = context.Query("resourceVersion");
        var match = context.Query("resourceVersionMatch");
        var continueText = context.Query("continue");
        ValidateMatch(match, versionText, continueText);
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
            : throw new ApiError(410, "Expired", "The provided continue parameter is too old to display a consistent list result. " +
                "You can start a new list without the continue parameter, or use the continue token in this response to retrieve the " +
                "remainder of the results. Continuing with the provided token results in an inconsistent list.")
            {
                Continue = (token with { ResourceVersion = ContinueToken.Present }).ToString(),
            };
    }

    private static void ValidateMatch(string? match, string? version, string? continueText)
    {
        if (string.IsNullOrEmpty(match))
        {
            return;
        }

        var why = match is not (Exact or NotOlderThan)
            ? $"supported values: \"{Exact}\", \"{NotOlderThan}\""
            : !string.IsNullOrEmpty(continueText) ? "resourceVersionMatch is forbidden when continue is provided"
            : string.IsNullOrEmpty(version) ? "resourceVersionMatch is forbidden unless resourceVersion is provided"
            : match == Exact && version == "0" ? "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""
            : null;
        if (why is not null)
        {
            throw ApiError.Invalid(
                "meta.k8s.io", "ListOptions", string.Empty, new GitOps.Kubernetes.Http.StatusCause("FieldValueForbidden", $"Forbidden: {why}", "resourceVersionMatch"));
        }

    }
}
