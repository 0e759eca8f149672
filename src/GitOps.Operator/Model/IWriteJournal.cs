using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Model;

/// <summary>
/// Is told of every write to a managed object, so that the watches can tell our own echo from somebody else's change.
/// Each <see cref="BeginWrite"/> is followed by one of the others.
/// </summary>
internal interface IWriteJournal
{
    void BeginWrite(ObjectKey key);

    void EndWrite(ObjectKey key, KubernetesObject answer, Fingerprint fingerprint);

    void AbortWrite(ObjectKey key);
}
