using GitOps.Operator.Diff;

namespace GitOps.Operator.Reconcile.Inventories;

/// <summary>The key of this installation's hashes, and a name for it that tells nothing of it.</summary>
internal sealed class InstallationKey
{
    public InstallationKey(byte[] key)
    {
        Hash = new KeyedHash(key);
        Id = HashKeyStore.IdOf(key);
    }

    public string Id { get; }

    public KeyedHash Hash { get; }
}
