namespace GitOps.Kubernetes.Leases;

/// <summary>The name under which a process contends.</summary>
public static class LeaseIdentity
{
    /// <summary>
    /// The pod's name and uid from POD_NAME and POD_UID, which the downward API sets: a container that was restarted has the
    /// lease of its dead predecessor back at once. Without a uid (a name alone is used again by the pods of a StatefulSet) one
    /// is made up that no other process has.
    /// </summary>
    public static string Create(Func<string, string?> environment)
    {
        var pod = environment("POD_NAME") is { Length: > 0 } name ? name : System.Environment.MachineName;
        return $"{pod}_{(environment("POD_UID") is { Length: > 0 } uid ? uid : Guid.NewGuid().ToString())}";
    }
}
