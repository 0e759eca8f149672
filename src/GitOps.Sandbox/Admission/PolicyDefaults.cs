using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Admission;

/// <summary>The defaults of the kinds that configure the API server.</summary>
internal static class PolicyDefaults
{
    private const string RbacGroup = "rbac.authorization.k8s.io";

    public static void RoleBinding(JsonObject json)
    {
        var role = json.ObjectOrNew("roleRef");
        if (role.Text("apiGroup") is null or "")
        {
            role["apiGroup"] = RbacGroup;
        }

        foreach (var subject in json.Objects("subjects"))
        {
            if (subject.Text("kind") is "User" or "Group")
            {
                subject.Default("apiGroup", RbacGroup);
            }
        }
    }

    public static void PriorityClass(JsonObject json) => json.Default("preemptionPolicy", "PreemptLowerPriority");

    public static void MutatingWebhooks(JsonObject json)
    {
        Webhooks(json);
        foreach (var webhook in json.Objects("webhooks"))
        {
            webhook.Default("reinvocationPolicy", "Never");
        }
    }

    public static void Webhooks(JsonObject json)
    {
        foreach (var webhook in json.Objects("webhooks"))
        {
            webhook.Default("failurePolicy", "Fail");
            webhook.Default("timeoutSeconds", 10);
            webhook.Object("clientConfig").Object("service")?.Default("port", 443);
            Matching(webhook, "rules");
        }
    }

    public static void AdmissionPolicy(JsonObject json)
    {
        var spec = json.ObjectOrNew("spec");
        spec.Default("failurePolicy", "Fail");
        if (spec.Object("matchConstraints") is { } constraints)
        {
            Matching(constraints, "resourceRules");
        }
    }

    public static void ApiService(JsonObject json) => json.Object("spec").Object("service")?.Default("port", 443);

    public static void FlowSchema(JsonObject json) => json.ObjectOrNew("spec").DefaultNumber("matchingPrecedence", 1000);

    public static void PriorityLevel(JsonObject json)
    {
        var spec = json.ObjectOrNew("spec");
        if (spec.Object("exempt") is { } exempt)
        {
            exempt.Default("nominalConcurrencyShares", 0);
            exempt.Default("lendablePercent", 0);
        }

        if (spec.Object("limited") is not { } limited)
        {
            return;
        }

        limited.Default("nominalConcurrencyShares", 30);
        limited.Default("lendablePercent", 0);
        if (limited.Object("limitResponse").Object("queuing") is { } queuing)
        {
            queuing.DefaultNumber("queues", 64);
            queuing.DefaultNumber("handSize", 8);
            queuing.DefaultNumber("queueLengthLimit", 50);
        }
    }

    public static void ResourceClaim(JsonObject json) => Devices(json.Object("spec"));

    public static void ResourceClaimTemplate(JsonObject json) => Devices(json.Object("spec").Object("spec"));

    private static void Devices(JsonObject? spec)
    {
        foreach (var request in spec.Object("devices").Objects("requests"))
        {
            foreach (var asked in request.Objects("firstAvailable").Concat(request.Object("exactly") is { } exactly ? [exactly] : []))
            {
                asked.DefaultText("allocationMode", "ExactCount");
                if (asked.Text("allocationMode") == "ExactCount")
                {
                    asked.DefaultNumber("count", 1);
                }
            }
        }
    }

    public static void AdmissionPolicyBinding(JsonObject json)
    {
        if (json.Object("spec").Object("matchResources") is { } resources)
        {
            Matching(resources, "resourceRules");
        }
    }

    public static void CustomResourceDefinition(JsonObject json)
    {
        var spec = json.ObjectOrNew("spec");
        var names = spec.ObjectOrNew("names");
        var kind = names.Text("kind") ?? string.Empty;
        Fill(names, "singular", kind.ToLowerInvariant());
        Fill(names, "listKind", kind + "List");
        spec.ObjectOrNew("conversion").Default("strategy", "None");
    }

    private static void Fill(JsonObject fields, string name, string value)
    {
        if (fields.Text(name) is null or "")
        {
            fields[name] = value;
        }
    }

    private static void Matching(JsonObject fields, string rules)
    {
        fields.Default("matchPolicy", "Equivalent");
        fields.Default("namespaceSelector", new JsonObject());
        fields.Default("objectSelector", new JsonObject());
        foreach (var rule in fields.Objects(rules).Concat(rules == "resourceRules" ? fields.Objects("excludeResourceRules") : []))
        {
            rule.Default("scope", "*");
        }
    }
}
