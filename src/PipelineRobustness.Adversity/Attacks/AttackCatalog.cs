using System.Diagnostics.CodeAnalysis;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>Every attack of this assembly, by name.</summary>
public static class AttackCatalog
{
    private static readonly IReadOnlyList<IAttack> All =
    [
        .. typeof(AttackCatalog).Assembly.GetTypes()
            .Where(t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(IAttack)))
            .Select(t => (IAttack)Activator.CreateInstance(t)!)
            .OrderBy(a => a.Name, StringComparer.Ordinal),
    ];

    /// <summary>Names of the attacks in a direction, sorted.</summary>
    public static IReadOnlyList<string> Names(Direction direction) =>
        [.. All.Where(a => a.Direction == direction).Select(a => a.Name)];

    /// <summary>The attack of that name in a direction.</summary>
    public static bool TryGet(string name, Direction direction, [NotNullWhen(true)] out IAttack? attack)
    {
        attack = All.FirstOrDefault(a => a.Name == name && a.Direction == direction);
        return attack is not null;
    }
}
