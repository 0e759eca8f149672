using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Sandbox.Admission;

namespace GitOps.Sandbox.Policies;

/// <summary>An expression of a policy, compiled, or why it cannot be.</summary>
/// <param name="Text">As it was written.</param>
/// <param name="Program">Null if it cannot be compiled.</param>
/// <param name="Error">Why it cannot be compiled.</param>
internal sealed record PolicyExpression(string Text, CelProgram? Program, string? Error)
{
    public CelType Type => Program?.Type ?? CelType.Dyn;

    /// <param name="text">The expression.</param>
    /// <param name="environment">What it may name.</param>
    /// <param name="expected">What it may give; nothing: anything.</param>
    public static PolicyExpression Compile(string text, CelEnvironment environment, params ReadOnlySpan<CelType> expected)
    {
        var compilation = CelProgram.Compile(text, environment, null);
        if (compilation.Program is not { } program)
        {
            return new(text, null, (compilation.IsUnusable ? "program instantiation failed: " : "compilation failed: ") + compilation.ErrorText);
        }

        foreach (var type in expected)
        {
            if (program.Type.Is(type))
            {
                return new(text, program, null);
            }
        }

        return expected switch
        {
            [] => new(text, program, null),
            [var only] => new(text, null, $"must evaluate to {only} but got {program.Type}"),
            _ => new(text, null, $"must evaluate to one of [{string.Join(' ', expected.ToArray().Select(static type => type.Kind == CelKind.Null ? type.Name : type.ToString()))}] but got {program.Type}"),
        };
    }
}

/// <summary>A named expression that others use as <c>variables.name</c>.</summary>
internal sealed record PolicyVariable(string Name, PolicyExpression Expression)
{
    /// <summary>Compiles variables, each of which may use those before it.</summary>
    public static ImmutableArray<PolicyVariable> CompileAll(JsonObject? spec, CelEnvironment environment)
    {
        var variables = ImmutableArray<PolicyVariable>.Empty;
        foreach (var json in spec.Objects("variables"))
        {
            var expression = PolicyExpression.Compile(json.Text("expression") ?? string.Empty, environment.WithVariables(variables));
            variables = variables.Add(new(json.Text("name") ?? string.Empty, expression));
        }

        return variables;
    }
}
