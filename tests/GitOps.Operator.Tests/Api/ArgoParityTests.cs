using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Diff;
using GitOps.Operator.Health;
using GitOps.Operator.Model;
using GitOps.Operator.Sync;

namespace GitOps.Operator.Tests.Api;

/// <summary>Everything an Argo CD Application can say, in argo-parity.txt: each line has an effect, or is answered in words.</summary>
public sealed class ArgoParityTests
{
    private static readonly Row[] Table = [.. File.ReadAllLines(FileOf("argo-parity.txt"))
        .Where(static line => line.Length > 0 && !line.StartsWith('#')).Select(Row.Parse)];

    public static TheoryData<string> Lines => new(Table.Select(static row => row.Line));

    [Theory]
    [MemberData(nameof(Lines))]
    public void It_is_as_the_table_says(string line)
    {
        var row = Row.Parse(line);
        row.Words.ShouldNotBeEmpty();
        var answer = row.Kind switch
        {
            "option" => OfOption(row),
            "object" => OfManifest(row, With("annotations", Annotations.ArgoPrefix + Annotations.SyncOptions, $"{row.Name}={row.Value}")),
            "annotation" => OfManifest(row, With("annotations", row.Name, row.Value)),
            "label" => OfManifest(row, With("labels", row.Name, row.Value)),
            "application" => OfApplication(row),
            "finalizer" => new(DeletionFinalizers.IsOne(row.Name) ? "honoured" : "accepted", null),
            "status" => new(Crds.Walk(Crds.Property(Crds.Application, "status"), "status").Any(item => item.Path == $"status.{row.Name}") ? "honoured" : "accepted", null),
            _ => OfField(row),
        };

        answer.Outcome.ShouldBe(row.Outcome, answer.Text);
        if (row.Outcome is "refused" or "warned")
        {
            answer.Text.ShouldNotBeNull();
            answer.Text.Length.ShouldBeGreaterThan(20);
        }
    }

    [Fact]
    public void No_field_of_an_Argo_CD_Application_is_missing()
    {
        var whole = Table.Where(static row => row.Kind.Length == 0).ToLookup(static row => row.Name, static row => row.Outcome, StringComparer.Ordinal);
        var missing = File.ReadAllLines(FileOf("argo-fields.txt")).Select(static line => line.Split(' ', 2))
            .Where(static parts => parts[1] is not ("object" or "array"))
            // Both forms of a source have the same fields.
            .Select(static parts => parts[0].Replace("spec.sources[]", "spec.source", StringComparison.Ordinal))
            .Where(path => !whole.Contains(path) && !Above(path).Any(above => whole[above].Contains("refused", StringComparer.Ordinal)));
        missing.ShouldBeEmpty();
    }

    [Fact]
    public void Every_option_and_every_line_is_there_once()
    {
        Table.Where(static row => row.Kind == "option").Select(static row => row.Name).Distinct(StringComparer.Ordinal)
            .ShouldBe([.. SyncOptionRules.Names, "Sparkle"], ignoreOrder: true);
        Table.GroupBy(static row => (row.Kind, row.Name, row.Value)).Where(static group => group.Count() > 1).ShouldBeEmpty();
        Table.Length.ShouldBeGreaterThan(200);
    }

    private static Answer OfField(Row row)
    {
        var value = row.Value.StartsWith("with ", StringComparison.Ordinal) ? null : JsonNode.Parse(row.Value);
        if (row.Name.StartsWith("operation.", StringComparison.Ordinal))
        {
            var found = new SpecErrors();
            SpecFields.CheckOperation(((JsonObject)Applications.With(row.Name, value!).RawOperation!).DeepClone().AsObject(), found);
            var refusal = found.ToSorted().FirstOrDefault(error => IsAbout(error, row.Name));
            return refusal is not null ? new("refused", refusal.Message) : new(SpecFields.IsSupported(row.Name) ? row.Taken : "ignored", null);
        }

        var application = value is null
            ? Applications.Of(Merged(row.Value["with ".Length..]))
            : Applications.With(row.Name, value);
        var refused = SpecValidator.Validate(application, Applications.Trusting).Errors
            .FirstOrDefault(error => error.Reason is SpecErrorReason.UnsupportedField or SpecErrorReason.Contradiction && IsAbout(error, row.Name));
        return refused is not null ? new("refused", refused.Message) : new(SpecFields.IsSupported(row.Name) ? row.Taken : "ignored", null);
    }

    private static Answer OfOption(Row row)
    {
        var errors = new SpecErrors();
        var options = SyncOptionRules.Check([$"{row.Name}={row.Value}"], SyncOptionRules.SpecPath, errors);
        return errors.IsEmpty
            ? new(options == SyncOptions.None ? "accepted" : "honoured", null)
            : new("refused", errors.ToSorted().Single().ToString());
    }

    private static Answer OfManifest(Row row, KubernetesObject manifest)
    {
        var (errors, warnings) = (new List<string>(), new List<string>());
        var marks = MarkReader.Read(manifest, errors);
        var options = OptionReader.Read(manifest, errors, warnings);
        if (errors.Count > 0)
        {
            errors[0].ShouldContain(row.Kind == "object" ? row.Name : $"annotation {row.Name}");
            return new("refused", errors[0]);
        }

        var plain = manifest.DeepClone();
        plain.Annotations!.Remove(row.Kind == "object" ? Annotations.ArgoPrefix + Annotations.SyncOptions : row.Name);
        var hasEffect = marks != MarkReader.Read(plain, errors) || options != ObjectOptions.None
            || PruneFilter.Protection(manifest) is not null || HealthRules.BuiltIn.Assess(manifest) != HealthRules.BuiltIn.Assess(plain);
        return warnings.Count > 0 ? new("warned", warnings[0]) : new(hasEffect ? "honoured" : "accepted", null);
    }

    private static Answer OfApplication(Row row)
    {
        var application = Applications.Of($"{{{Applications.Source}}}");
        application = application with
        {
            Metadata = application.Metadata with { Annotations = application.Metadata.Annotations.SetItem(row.Name, row.Value) },
        };
        var validation = SpecValidator.Validate(application, Applications.Trusting);
        if (validation.Spec is not { } spec)
        {
            validation.Errors.Single().Field.ShouldBe($"metadata.annotations[{row.Name}]");
            return new("refused", validation.Message);
        }

        var hasEffect = spec.MigrationManager is not null || ApplicationAnnotationRules.DeletionApproved(application.Metadata.Annotations) is not null
            || Annotations.Find(application.Metadata.Annotations, Annotations.Refresh) is not null
            || Annotations.Find(application.Metadata.Annotations, Annotations.SkipReconcile) == "true";
        return validation.Warnings.IsEmpty ? new(hasEffect ? "honoured" : "accepted", null) : new("warned", validation.Warnings.Single());
    }

    private static string Merged(string spec)
    {
        var whole = JsonNode.Parse($"{{{Applications.Source}}}")!.AsObject();
        foreach (var (name, part) in JsonNode.Parse(spec)!.AsObject())
        {
            whole[name] = part?.DeepClone();
        }

        return whole.ToJsonString();
    }

    /// <summary>A Pod that runs, and where that matters a hook: what any of the annotations may have an effect on.</summary>
    private static KubernetesObject With(string map, string name, string value)
    {
        var found = KubernetesObject.Parse("""
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"x","namespace":"y","annotations":{},"labels":{} },
             "spec":{"restartPolicy":"Never"},"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}
            """);
        if (name == Annotations.ArgoPrefix + Annotations.HookDeletePolicy)
        {
            found.Metadata!["annotations"]![Annotations.ArgoPrefix + Annotations.Hook] = "Sync";
        }

        found.Metadata![map]![name] = value;
        return found;
    }

    private static bool IsAbout(SpecError error, string path)
    {
        var concrete = path.Replace("[]", "[0]", StringComparison.Ordinal);
        return concrete == error.Field || concrete.StartsWith(error.Field + ".", StringComparison.Ordinal)
            || concrete.StartsWith(error.Field + "[", StringComparison.Ordinal);
    }

    private static IEnumerable<string> Above(string path)
    {
        for (var i = path.Length - 1; i > 0; i--)
        {
            if (path[i] is '.' or '[')
            {
                yield return path[..i];
            }
        }
    }

    private static string FileOf(string name, [CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, name);

    private sealed record Answer(string Outcome, string? Text);

    private sealed record Row(string Line, string Kind, string Name, string Value, string Outcome, string Words)
    {
        /// <summary>A field that is acted on; whether that changes anything, its value decides.</summary>
        public string Taken => Outcome == "accepted" ? "accepted" : "honoured";

        public static Row Parse(string line)
        {
            var cells = line.Split('|', StringSplitOptions.TrimEntries);
            cells.Length.ShouldBe(4, line);
            var colon = cells[0].IndexOf(':', StringComparison.Ordinal);
            return new(line, colon < 0 ? string.Empty : cells[0][..colon], cells[0][(colon + 1)..], cells[1], cells[2], cells[3]);
        }
    }
}
