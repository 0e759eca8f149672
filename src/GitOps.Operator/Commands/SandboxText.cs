namespace GitOps.Operator.Commands;

/// <summary>What the sandbox says when it is up: where things are, and what to try.</summary>
internal static class SandboxText
{
    public static string Welcome(string kubeconfig, string repository, Uri server, IReadOnlyList<string> addresses, int applications)
    {
        var metrics = string.Join(", ", addresses.Select(static address => $"{address}/metrics"));
        var found = applications > 0 ? $"{applications} Applications" : "no applications/*.yaml: apply an Application yourself";
        return $"""

            kubeconfig   {kubeconfig}
            repository   {repository}  ({found})
            API server   {server}
            metrics      {metrics}

            In a second terminal:
              export KUBECONFIG={kubeconfig}
              cd {repository}
              kubectl get applications.gitops-operator.dev -A
              sed -i 's/replicas: 2/replicas: 3/' apps/guestbook/deployment.yaml && git commit -am 'Three replicas'
              git revert --no-edit HEAD                                           # and the cluster follows
              kubectl -n guestbook scale deployment guestbook --replicas 7        # who did it is reported, and it is healed
              kubectl -n guestbook delete service guestbook                       # comes back
              kubectl -n gitops-system describe applications.gitops-operator.dev broken   # what is wrong, and in which line

            Ctrl-C ends it and deletes what it made.

            """;
    }
}
