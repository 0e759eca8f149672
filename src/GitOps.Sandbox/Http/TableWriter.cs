using System.Buffers;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Http;

/// <summary>Tables as <c>kubectl get</c> asks for them: the printer columns of a definition, or name and age.</summary>
internal static class TableWriter
{
    public static ReadOnlyMemory<byte> Write(ServedResource resource, long resourceVersion, Page page, DateTimeOffset now)
    {
        var columns = resource.Custom?.Columns ?? PrinterColumn.Plain;
        var output = new ArrayBufferWriter<byte>(1024);
        output.Write(ServedResource.TypeHead("meta.k8s.io/v1", "Table", custom: false));
        ListHandler.WriteListMetadata(output, resourceVersion, page);
        output.Write(",\"columnDefinitions\":"u8);
        output.Write(KubernetesJson.ToUtf8(new JsonArray([.. columns.Select(static column => column.Definition)])));
        output.Write(",\"rows\":["u8);
        for (var i = 0; i < page.Items.Count; i++)
        {
            if (i > 0)
            {
                output.Write(","u8);
            }

            var json = resource.Read(page.Items[i]);
            output.Write("{\"cells\":"u8);
            output.Write(KubernetesJson.ToUtf8(new JsonArray([.. columns.Select(column => column.Cell(json, now))])));
            output.Write(",\"object\":"u8);
            page.Items[i].WriteMetadataTo(output, ListHandler.PartialHead);
            output.Write("}"u8);
        }

        output.Write("]}"u8);
        return output.WrittenMemory;
    }
}
