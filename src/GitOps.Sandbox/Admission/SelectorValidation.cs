using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Admission;

/// <summary>The selectors that stand in objects: of labels, and of nodes.</summary>
internal static class SelectorValidation
{
    public static void Labels(JsonObject? selector, string path, Causes causes)
    {
        MetadataValidation.Labels(selector.Object("matchLabels"), $"{path}.matchLabels", causes);
        foreach (var (expression, place) in selector.Each("matchExpressions", path))
        {
            switch (expression.Text("operator"))
            {
                case "In" or "NotIn":
                    if (expression.Texts("values").Count == 0)
                    {
                        causes.Required($"{place}.values", "must be specified when `operator` is 'In' or 'NotIn'");
                    }

                    break;
                case "Exists" or "DoesNotExist":
                    if (expression.Texts("values").Count > 0)
                    {
                        causes.Forbidden($"{place}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                    }

                    break;
                default:
                    causes.Invalid($"{place}.operator", expression["operator"], "not a valid selector operator");
                    break;
            }

            causes.Check($"{place}.key", expression.Text("key") ?? string.Empty, Names.Qualified(expression.Text("key") ?? string.Empty));
            var values = expression.Texts("values");
            for (var i = 0; i < values.Count; i++)
            {
                causes.Check($"{place}.values[{i}]", values[i], Names.Value(values[i]));
            }
        }
    }

    public static void Nodes(JsonObject? selector, string path, Causes causes)
    {
        if (selector is null)
        {
            return;
        }

        if (selector.IsEmptyList("nodeSelectorTerms"))
        {
            causes.Required($"{path}.nodeSelectorTerms", "must have at least one node selector term");
        }

        foreach (var (term, place) in selector.Each("nodeSelectorTerms", path))
        {
            NodeTerm(term, place, causes);
        }
    }

    public static void NodeTerm(JsonObject? term, string path, Causes causes)
    {
        foreach (var (expression, place) in term.Each("matchExpressions", path))
        {
            var values = expression.Texts("values");
            switch (expression.Text("operator"))
            {
                case "In" or "NotIn" when values.Count == 0:
                    causes.Required($"{place}.values", "must be specified when `operator` is 'In' or 'NotIn'");
                    break;
                case "Exists" or "DoesNotExist" when values.Count > 0:
                    causes.Forbidden($"{place}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                    break;
                case "Gt" or "Lt" when values.Count != 1:
                    causes.Required($"{place}.values", "must be specified single value when `operator` is 'Lt' or 'Gt'");
                    break;
                case "In" or "NotIn" or "Exists" or "DoesNotExist" or "Gt" or "Lt":
                    break;
                default:
                    causes.Invalid($"{place}.operator", expression["operator"], "not a valid selector operator");
                    break;
            }

            causes.Check($"{place}.key", expression.Text("key") ?? string.Empty, Names.Qualified(expression.Text("key") ?? string.Empty));
        }

        foreach (var (field, place) in term.Each("matchFields", path))
        {
            if (field.Text("operator") is not ("In" or "NotIn"))
            {
                causes.Invalid($"{place}.operator", field["operator"], "not a valid selector operator");
            }
            else if (field.Texts("values").Count != 1)
            {
                causes.Required($"{place}.values", "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
            }

            if (field.Text("key") != "metadata.name")
            {
                causes.Invalid($"{place}.key", field["key"], "not a valid field selector key");
            }
        }
    }
}
