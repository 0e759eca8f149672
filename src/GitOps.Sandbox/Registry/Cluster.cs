using System.Globalization;
using GitOps.Sandbox.Authorization;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Schema;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Registry;

/// <summary>The state of a sandbox, which outlives its listener: objects, what is served, and the clock.</summary>
internal sealed class Cluster
{
    private volatile ResourceCatalog _catalog = ResourceCatalog.BuiltIn;

    public Cluster(SandboxOptions options)
    {
        Options = options;
        Store = new(options.HistoryLength);
        Writer = new(this);
        Deleter = new(this);
        Access = new(this);
        Admission = new(this);
        Definitions = new(this);
    }

    public SandboxOptions Options { get; }

    public ObjectStore Store { get; }

    public ObjectWriter Writer { get; }

    public ObjectDeleter Deleter { get; }

    public RoleBasedAccess Access { get; }

    public AdmissionChain Admission { get; }

    public Definitions Definitions { get; }

    public SchemaRegistry Schemas { get; } = new();

    public ResourceCatalog Catalog
    {
        get => _catalog;
        set => _catalog = value;
    }

    /// <summary>As timestamps of metadata are written: whole seconds, UTC.</summary>
    public string Timestamp() =>
        Options.TimeProvider.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public StoredObject? Find(ServedResource resource, string @namespace, string name) =>
        Store.Table(resource.Storage).Find(@namespace, name);
}
