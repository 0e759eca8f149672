using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Watch;

/// <summary>Writes a watch's events, a line of JSON each.</summary>
internal sealed class EventWriter
{
    public static readonly byte[] Added = "ADDED"u8.ToArray();
    public static readonly byte[] Modified = "MODIFIED"u8.ToArray();
    public static readonly byte[] Deleted = "DELETED"u8.ToArray();

    private readonly PipeWriter _output;
    private readonly ServedResource _resource;
    private readonly bool _metadataOnly;
    private readonly TableWriter? _table;
    private bool _hasColumns;

    /// <param name="output">Where to write.</param>
    /// <param name="resource">What is watched.</param>
    /// <param name="metadataOnly">Whether objects go out without the rest.</param>
    /// <param name="table">Set if they go out as tables, whose columns stand in the first one alone.</param>
    public EventWriter(PipeWriter output, ServedResource resource, bool metadataOnly, TableWriter? table) =>
        (_output, _resource, _metadataOnly, _table) = (output, resource, metadataOnly, table);

    public long UnflushedBytes => _output.UnflushedBytes;

    public void Write(ReadOnlySpan<byte> type, StoredObject stored) => Write(_output, type, stored);

    public async Task FlushAsync(CancellationToken cancellationToken) => await _output.FlushAsync(cancellationToken);

    /// <summary>The first half of an event.</summary>
    public async Task WriteHalfAsync(ReadOnlyMemory<byte> type, StoredObject stored, CancellationToken cancellationToken)
    {
        var whole = new ArrayBufferWriter<byte>();
        Write(whole, type.Span, stored);
        await _output.WriteAsync(whole.WrittenMemory[..(whole.WrittenCount / 2)], cancellationToken);
        await FlushAsync(cancellationToken);
    }

    public void WriteBookmark(long resourceVersion, bool isInitialEnd)
    {
        if (_table is not null)
        {
            WriteTableBookmark(_table, resourceVersion, isInitialEnd);
            return;
        }

        var type = _metadataOnly
            ? "\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\""
            : $"\"kind\":\"{_resource.Kind}\",\"apiVersion\":\"{_resource.GroupVersionKind.ApiVersion}\"";
        var annotations = isInitialEnd ? ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}" : string.Empty;
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"type\":\"BOOKMARK\",\"object\":{{{type},\"metadata\":{{\"resourceVersion\":\"{resourceVersion}\"{annotations}}}}}}}\n");
        _output.Write(Encoding.UTF8.GetBytes(text));
    }

    public async Task WriteErrorAsync(ApiError error, CancellationToken cancellationToken)
    {
        _output.Write("{\"type\":\"ERROR\",\"object\":"u8);
        _output.Write(KubernetesJson.ToUtf8(error.ToJson()));
        _output.Write("}\n"u8);
        await FlushAsync(cancellationToken);
    }

    private void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> type, StoredObject stored)
    {
        output.Write("{\"type\":\""u8);
        output.Write(type);
        output.Write("\",\"object\":"u8);
        if (_table is not null)
        {
            _table.WriteTo(output, stored, withColumns: !_hasColumns);
            _hasColumns = true;
        }
        else if (_metadataOnly)
        {
            stored.WriteMetadataTo(output, ListHandler.PartialHead);
        }
        else
        {
            _resource.Write(stored, output);
        }

        output.Write("}\n"u8);
    }

    private void WriteTableBookmark(TableWriter table, long resourceVersion, bool isInitialEnd)
    {
        var metadata = new JsonObject { ["resourceVersion"] = resourceVersion.ToString(CultureInfo.InvariantCulture) };
        if (isInitialEnd)
        {
            metadata["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
        }

        _output.Write("{\"type\":\"BOOKMARK\",\"object\":"u8);
        table.WriteTo(_output, new JsonObject { ["metadata"] = metadata }, withColumns: !_hasColumns);
        _hasColumns = true;
        _output.Write("}\n"u8);
    }
}
