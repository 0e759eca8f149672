using System.Collections.Immutable;

namespace GitOps.Sandbox.Cel.Libraries;

/// <summary>Resource quantities and semantic versions.</summary>
internal static class QuantityLibrary
{
    private const string Q = "kubernetes.Quantity";
    private const string V = "kubernetes.Semver";

    public static ImmutableArray<CelOverload> Overloads { get; } =
    [
        Of("string_to_quantity", $"quantity(string): {Q}", static a => CelQuantity.Parse(Text(a), out var mistake) ?? (CelValue)new CelError(mistake)),
        Of("is_quantity_string", "isQuantity(string): bool", static a => CelBool.Of(CelQuantity.Parse(Text(a), out _) is not null)),
        Of("quantity_sign", $"sign({Q}): int", static a => CelInt.Of(Quantity(a, 0).Sign)),
        Of("quantity_is_greater_than", $"({Q}).isGreaterThan({Q}): bool", static a => CelBool.Of(Quantity(a, 0).Compare(Quantity(a, 1)) > 0)),
        Of("quantity_is_less_than", $"({Q}).isLessThan({Q}): bool", static a => CelBool.Of(Quantity(a, 0).Compare(Quantity(a, 1)) < 0)),
        Of("quantity_compare_to", $"({Q}).compareTo({Q}): int", static a => CelInt.Of(Quantity(a, 0).Compare(Quantity(a, 1)))),
        Of("quantity_get_float", $"({Q}).asApproximateFloat(): double", static a => new CelDouble(Quantity(a, 0).Float)),
        Of("quantity_get_int", $"({Q}).asInteger(): int", static a => Quantity(a, 0).Integer is { } integer ? CelInt.Of(integer) : new CelError("cannot convert value to integer")),
        Of("quantity_is_integer", $"({Q}).isInteger(): bool", static a => CelBool.Of(Quantity(a, 0).Integer is not null)),
        Of("quantity_add", $"({Q}).add({Q}): {Q}", static a => Quantity(a, 0).Add(Quantity(a, 1))),
        Of("quantity_add_int", $"({Q}).add(int): {Q}", static a => Quantity(a, 0).Add(CelQuantity.Of(((CelInt)a[1]).Value))),
        Of("quantity_sub", $"({Q}).sub({Q}): {Q}", static a => Quantity(a, 0).Subtract(Quantity(a, 1))),
        Of("quantity_sub_int", $"({Q}).sub(int): {Q}", static a => Quantity(a, 0).Subtract(CelQuantity.Of(((CelInt)a[1]).Value))),
        Of("string_to_semver", $"semver(string): {V}", static a => CelSemver.Parse(Text(a), out var mistake) ?? (CelValue)new CelError(mistake)),
        Of("string_bool_to_semver", $"semver(string, bool): {V}", static a => Version(a, out var mistake) ?? (CelValue)new CelError(mistake)),
        Of("is_semver_string", "isSemver(string): bool", static a => CelBool.Of(CelSemver.Parse(Text(a), out _) is not null)),
        Of("is_semver_string_bool", "isSemver(string, bool): bool", static a => CelBool.Of(Version(a, out _) is not null)),
        Of("semver_is_greater_than", $"({V}).isGreaterThan({V}): bool", static a => CelBool.Of(Version(a, 0).Compare(Version(a, 1)) > 0)),
        Of("semver_is_less_than", $"({V}).isLessThan({V}): bool", static a => CelBool.Of(Version(a, 0).Compare(Version(a, 1)) < 0)),
        Of("semver_compare_to", $"({V}).compareTo({V}): int", static a => CelInt.Of(Version(a, 0).Compare(Version(a, 1)))),
        Of("semver_major", $"({V}).major(): int", static a => CelInt.Of((long)Version(a, 0).Major)),
        Of("semver_minor", $"({V}).minor(): int", static a => CelInt.Of((long)Version(a, 0).Minor)),
        Of("semver_patch", $"({V}).patch(): int", static a => CelInt.Of((long)Version(a, 0).Patch)),
    ];

    private static CelOverload Of(string id, string signature, Func<CelValue[], CelValue> apply) => CelSignature.Read(id, signature, apply);

    private static string Text(CelValue[] arguments) => ((CelString)arguments[0]).Value;

    private static CelQuantity Quantity(CelValue[] arguments, int index) => (CelQuantity)arguments[index];

    private static CelSemver Version(CelValue[] arguments, int index) => (CelSemver)arguments[index];

    private static CelSemver? Version(CelValue[] arguments, out string mistake) => ((CelBool)arguments[1]).Value
        ? CelSemver.ParseTolerant(Text(arguments), out mistake)
        : CelSemver.Parse(Text(arguments), out mistake);
}
