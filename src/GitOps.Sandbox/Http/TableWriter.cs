using System.Buffers;
using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Storage;
using GitOps.Sandbox.Tables;

namespace GitOps.Sandbox.Http;

/// <summary>How much of an object goes with its row.</summary>
internal enum IncludedObject
{
    Metadata,
    None,
    Object,
}

/// <summary>Tables as <c>kubectl get</c> asks for them: of lists, of single objects, and of a watch's events.</summary>
internal sealed class TableWriter
{
    private readonly ServedResource _resource;
    private readonly KindTable _table;
    private readonly IncludedObject _included;
    private readonly TimeProvider _time;

    private TableWriter(ServedResource resource, KindTable table, IncludedObject included, TimeProvider time) =>
        (_resource, _table, _included, _time) = (resource, table, included, time);

    /// <summary>For what a request asks.</summary>
    /// <exception cref="ApiError">400: it asks for something else to be included.</exception>
    public static TableWriter Of(ApiContext context, ServedResource resource) =>
        new(resource, KindTables.Of(resource), Included(context.Query("includeObject")), context.Cluster.Options.TimeProvider);

    /// <summary>For the scale subresource of a resource.</summary>
    /// <exception cref="ApiError">400: it asks for something else to be included.</exception>
    public static TableWriter OfScale(ApiContext context, ServedResource resource) =>
        new(resource, ClusterTables.Scale, Included(context.Query("includeObject")), context.Cluster.Options.TimeProvider);

    /// <summary>A page of a list.</summary>
    public ReadOnlyMemory<byte> Write(long resourceVersion, Page page)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        WriteTo(output, resourceVersion, page, withColumns: true);
        return output.WrittenMemory;
    }

    /// <summary>One object.</summary>
    public void WriteTo(IBufferWriter<byte> output, StoredObject stored, bool withColumns) =>
        WriteTo(output, stored.ResourceVersion, new([stored], null, null), withColumns);

    /// <summary>What is not stored: a bookmark of a watch, a scale.</summary>
    public void WriteTo(IBufferWriter<byte> output, JsonObject json, bool withColumns)
    {
        var metadata = json["metadata"] as JsonObject ?? [];
        var version = KubernetesObject.GetString(metadata, "resourceVersion");
        WriteHead(output, long.TryParse(version, CultureInfo.InvariantCulture, out var number) ? number : 0, new([], null, null), withColumns);
        WriteCells(output, json);
        output.Write(_included switch
        {
            IncludedObject.Object => KubernetesJson.ToUtf8(json),
            IncludedObject.None => "null"u8,
            _ => [.. ListHandler.PartialHead, .. "\"metadata\":"u8, .. KubernetesJson.ToUtf8(metadata), .. "}"u8],
        });
        output.Write("}]}"u8);
    }

    private static IncludedObject Included(string? text) => text switch
    {
        null or "" or "Metadata" => IncludedObject.Metadata,
        "None" => IncludedObject.None,
        "Object" => IncludedObject.Object,
        _ => throw ApiError.BadRequest(
            $"Unable to convert to Table as requested: includeObject: Invalid value: \"{text}\": must be 'Metadata', 'Object', 'None', or empty"),
    };

    private void WriteTo(IBufferWriter<byte> output, long resourceVersion, Page page, bool withColumns)
    {
        WriteHead(output, resourceVersion, page, withColumns);
        for (var i = 0; i < page.Items.Count; i++)
        {
            if (i > 0)
            {
                output.Write(","u8);
            }

            WriteRow(output, page.Items[i]);
        }

        output.Write("]}"u8);
    }

    private void WriteHead(IBufferWriter<byte> output, long resourceVersion, Page page, bool withColumns)
    {
        output.Write(ServedResource.TypeHead("meta.k8s.io/v1", "Table", custom: false));
        ListHandler.WriteListMetadata(output, resourceVersion, page);
        output.Write(",\"columnDefinitions\":"u8);
        output.Write(withColumns
            ? KubernetesJson.ToUtf8(new JsonArray([.. _table.Columns.Select(static column => column.Definition)]))
            : "null"u8);
        output.Write(",\"rows\":["u8);
    }

    private void WriteRow(IBufferWriter<byte> output, StoredObject stored)
    {
        WriteCells(output, (_resource.StoredAs ?? _resource).Read(stored));
        switch (_included)
        {
            case IncludedObject.Object:
                _resource.Write(stored, output);
                break;
            case IncludedObject.None:
                output.Write("null"u8);
                break;
            default:
                stored.WriteMetadataTo(output, ListHandler.PartialHead);
                break;
        }

        output.Write("}"u8);
    }

    private void WriteCells(IBufferWriter<byte> output, JsonObject json)
    {
        var source = new TableSource(json, _time.GetUtcNow());
        output.Write("{\"cells\":"u8);
        output.Write(KubernetesJson.ToUtf8(new JsonArray(_table.Cells(source))));
        if (_table.Conditions(source) is { } conditions)
        {
            output.Write(",\"conditions\":"u8);
            output.Write(KubernetesJson.ToUtf8(conditions));
        }

        output.Write(",\"object\":"u8);
    }
}
