using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace GitOps.Operator.Tests.Architecture;

/// <summary>Which type mentions which, both as full names of outermost types (a closure counts as the class it was written in).</summary>
internal readonly record struct TypeReference(string From, string To)
{
    public string FromNamespace => NamespaceOf(From);

    public string ToNamespace => NamespaceOf(To);

    public override string ToString() => $"{From} -> {To}";

    private static string NamespaceOf(string type) => type.LastIndexOf('.') is var dot and > 0 ? type[..dot] : string.Empty;
}

/// <summary>
/// Reads every mention of a type out of an assembly: bases, interfaces, signatures, constraints, attributes, locals and the
/// operands of instructions. What the compiler removed (constants, unused usings) is not there, and does no harm.
/// </summary>
internal sealed class TypeReferences
{
    private readonly MetadataReader _reader;
    private readonly PEReader _image;
    private readonly NameCollector _names = new();
    private readonly HashSet<TypeReference> _found = [];

    private TypeReferences(PEReader image)
    {
        _image = image;
        _reader = image.GetMetadataReader();
    }

    public static IReadOnlyCollection<TypeReference> Of(System.Reflection.Assembly assembly)
    {
        using var image = new PEReader(File.OpenRead(assembly.Location));
        var references = new TypeReferences(image);
        foreach (var handle in references._reader.TypeDefinitions)
        {
            references.Read(handle);
        }

        return references._found;
    }

    private void Read(TypeDefinitionHandle handle)
    {
        var type = _reader.GetTypeDefinition(handle);
        _names.Clear();
        Mention(type.BaseType);
        foreach (var implementation in type.GetInterfaceImplementations())
        {
            Mention(_reader.GetInterfaceImplementation(implementation).Interface);
        }

        Mention(type.GetCustomAttributes());
        Mention(type.GetGenericParameters());
        foreach (var field in type.GetFields().Select(_reader.GetFieldDefinition))
        {
            field.DecodeSignature(_names, null);
            Mention(field.GetCustomAttributes());
        }

        foreach (var property in type.GetProperties().Select(_reader.GetPropertyDefinition))
        {
            Mention(property.GetCustomAttributes());
        }

        foreach (var method in type.GetMethods().Select(_reader.GetMethodDefinition))
        {
            method.DecodeSignature(_names, null);
            Mention(method.GetCustomAttributes());
            Mention(method.GetGenericParameters());
            if (method.RelativeVirtualAddress != 0)
            {
                ReadBody(_image.GetMethodBody(method.RelativeVirtualAddress));
            }
        }

        var from = NameCollector.NameOf(_reader, handle);
        _found.UnionWith(_names.Found.Where(to => to != from).Select(to => new TypeReference(from, to)));
    }

    private void ReadBody(MethodBodyBlock body)
    {
        if (!body.LocalSignature.IsNil)
        {
            _reader.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(_names, null);
        }

        foreach (var region in body.ExceptionRegions)
        {
            Mention(region.CatchType);
        }

        var instructions = body.GetILReader();
        foreach (var token in Instructions.Tokens(ref instructions))
        {
            var handle = MetadataTokens.EntityHandle(token);
            if (handle.Kind != HandleKind.StandaloneSignature)
            {
                Mention(handle);
            }
            else
            {
                _reader.GetStandaloneSignature((StandaloneSignatureHandle)handle).DecodeMethodSignature(_names, null);
            }
        }
    }

    private void Mention(CustomAttributeHandleCollection attributes)
    {
        foreach (var attribute in attributes)
        {
            Mention(_reader.GetCustomAttribute(attribute).Constructor);
        }
    }

    private void Mention(GenericParameterHandleCollection parameters)
    {
        foreach (var constraint in parameters.SelectMany(parameter => _reader.GetGenericParameter(parameter).GetConstraints()))
        {
            Mention(_reader.GetGenericParameterConstraint(constraint).Type);
        }
    }

    private void Mention(EntityHandle handle)
    {
        if (handle.IsNil)
        {
            return;
        }

        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                _names.GetTypeFromDefinition(_reader, (TypeDefinitionHandle)handle, 0);
                break;
            case HandleKind.TypeReference:
                _names.GetTypeFromReference(_reader, (TypeReferenceHandle)handle, 0);
                break;
            case HandleKind.TypeSpecification:
                _reader.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(_names, null);
                break;
            case HandleKind.MethodDefinition:
                Mention(_reader.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.FieldDefinition:
                Mention(_reader.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.MethodSpecification:
                var specification = _reader.GetMethodSpecification((MethodSpecificationHandle)handle);
                specification.DecodeSignature(_names, null);
                Mention(specification.Method);
                break;
            case HandleKind.MemberReference:
                Mention(_reader.GetMemberReference((MemberReferenceHandle)handle));
                break;
            default:
                throw new InvalidDataException($"a token of kind {handle.Kind} where a type, a method or a field was expected");
        }
    }

    private void Mention(MemberReference member)
    {
        Mention(member.Parent);
        if (member.GetKind() == MemberReferenceKind.Method)
        {
            member.DecodeMethodSignature(_names, null);
        }
        else
        {
            member.DecodeFieldSignature(_names, null);
        }
    }

    /// <summary>Collects the named types of the signatures that it is shown.</summary>
    private sealed class NameCollector : ISignatureTypeProvider<string, object?>
    {
        private readonly HashSet<string> _names = new(StringComparer.Ordinal);

        public ImmutableArray<string> Found => [.. _names];

        public static string NameOf(MetadataReader reader, TypeDefinitionHandle handle)
        {
            var type = reader.GetTypeDefinition(handle);
            return type.GetDeclaringType() is { IsNil: false } outer ? NameOf(reader, outer) : Join(reader, type.Namespace, type.Name);
        }

        public void Clear() => _names.Clear();

        public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => Add(NameOf(reader, handle));

        public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
        {
            var type = reader.GetTypeReference(handle);
            return type.ResolutionScope.Kind == HandleKind.TypeReference
                ? GetTypeFromReference(reader, (TypeReferenceHandle)type.ResolutionScope, rawTypeKind)
                : Add(Join(reader, type.Namespace, type.Name));
        }

        public string GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
            reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

        public string GetFunctionPointerType(MethodSignature<string> signature) => signature.ReturnType;

        public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => unmodifiedType;

        public string GetArrayType(string elementType, ArrayShape shape) => elementType;

        public string GetByReferenceType(string elementType) => elementType;

        public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments) => genericType;

        public string GetGenericMethodParameter(object? genericContext, int index) => string.Empty;

        public string GetGenericTypeParameter(object? genericContext, int index) => string.Empty;

        public string GetPinnedType(string elementType) => elementType;

        public string GetPointerType(string elementType) => elementType;

        public string GetPrimitiveType(PrimitiveTypeCode typeCode) => string.Empty;

        public string GetSZArrayType(string elementType) => elementType;

        private static string Join(MetadataReader reader, StringHandle @namespace, StringHandle name) =>
            @namespace.IsNil ? reader.GetString(name) : $"{reader.GetString(@namespace)}.{reader.GetString(name)}";

        private string Add(string name)
        {
            _names.Add(name);
            return name;
        }
    }
}
