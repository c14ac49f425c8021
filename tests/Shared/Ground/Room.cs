using Mono.Cecil;
using Mono.Cecil.Cil;

namespace PipelineRobustness.Tests.Ground;

/// <summary>One of the six projects of the product, as the compiler left it: what it refers to, what its types use.</summary>
internal sealed class Room
{
    private readonly ModuleDefinition _module;

    private Room(string assembly) =>
        _module = ModuleDefinition.ReadModule(Path.Combine(AppContext.BaseDirectory, assembly + ".dll"));

    public static Room Models { get; } = new("PipelineRobustness.Models");
    public static Room Pipeline { get; } = new("PipelineRobustness.Pipeline");
    public static Room Adversity { get; } = new("PipelineRobustness.Adversity");
    public static Room Experiments { get; } = new("PipelineRobustness.Experiments");
    public static Room Hosting { get; } = new("PipelineRobustness.Hosting");
    public static Room Cli { get; } = new("pipeline-robustness");

    /// <summary>The assemblies that it uses anything of.</summary>
    public IEnumerable<string> Assemblies => _module.AssemblyReferences.Select(reference => reference.Name);

    /// <summary>The full names of the types of others that it uses.</summary>
    public IEnumerable<string> ForeignTypes => _module.GetTypeReferences().Select(type => type.FullName);

    /// <summary>The methods of others that it calls, as <c>Namespace.Type::Method</c>.</summary>
    public IEnumerable<string> ForeignCalls =>
        _module.GetMemberReferences().OfType<MethodReference>().Select(Name).Distinct();

    /// <summary>The same with what they return and take.</summary>
    public IEnumerable<string> ForeignMethods =>
        _module.GetMemberReferences().OfType<MethodReference>().Select(method => method.FullName).Distinct();

    /// <summary>Its types, without those nested in them.</summary>
    public IEnumerable<TypeDefinition> Types => _module.Types;

    /// <summary>A type and those nested in it, the compiler's own closures and state machines among them.</summary>
    public static IEnumerable<TypeDefinition> WithNested(TypeDefinition type) => type.NestedTypes.SelectMany(WithNested).Prepend(type);

    /// <summary>Whether a type derives from, or is, the one of that full name.</summary>
    public static bool DerivesFrom(TypeDefinition type, string ancestor)
    {
        for (TypeReference? current = type; current is not null; current = current.Resolve()?.BaseType)
            if (current.FullName == ancestor)
                return true;
        return false;
    }

    /// <summary>The methods that a type calls, its closures and state machines included, as <c>Namespace.Type::Method</c>.</summary>
    public static IEnumerable<string> Calls(TypeDefinition type) =>
        Instructions(type).Select(instruction => instruction.Operand).OfType<MethodReference>().Select(Name).Distinct();

    /// <summary>The full names of the types that a type uses anywhere: bases, fields, signatures, bodies.</summary>
    public static IEnumerable<string> Uses(TypeDefinition type)
    {
        var all = WithNested(type).ToList();
        var signatures = all.SelectMany(one => one.Methods)
            .SelectMany(method => method.Parameters.Select(parameter => parameter.ParameterType).Append(method.ReturnType));
        var bodies = Instructions(type).SelectMany(instruction => instruction.Operand switch
        {
            MethodReference method => [method.DeclaringType, method.ReturnType, .. method.Parameters.Select(parameter => parameter.ParameterType)],
            FieldReference field => [field.DeclaringType, field.FieldType],
            TypeReference used => [used],
            _ => Enumerable.Empty<TypeReference>(),
        });
        return all.SelectMany(one => one.Interfaces.Select(implemented => implemented.InterfaceType).Append(one.BaseType))
            .Concat(all.SelectMany(one => one.Fields).Select(field => field.FieldType))
            .Concat(signatures).Concat(bodies)
            .Where(used => used is not null)
            .SelectMany(Parts).Select(used => used.FullName).Distinct();
    }

    private static IEnumerable<Instruction> Instructions(TypeDefinition type) =>
        WithNested(type).SelectMany(one => one.Methods).Where(method => method.HasBody).SelectMany(method => method.Body.Instructions);

    /// <summary>What a type is made of: <c>List&lt;A[]&gt;</c> of List and A, a nested type of itself and what it is nested in.</summary>
    private static IEnumerable<TypeReference> Parts(TypeReference type) => type switch
    {
        GenericInstanceType generic => generic.GenericArguments.SelectMany(Parts).Concat(Parts(generic.ElementType)),
        TypeSpecification wrapped => Parts(wrapped.ElementType),
        { DeclaringType: { } outer } => Parts(outer).Prepend(type),
        _ => [type],
    };

    private static string Name(MethodReference method) => $"{method.DeclaringType.GetElementType().FullName}::{method.Name}";
}
