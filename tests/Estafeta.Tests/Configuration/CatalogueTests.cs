using Estafeta.Configuration.Catalogue;

namespace Estafeta.Tests.Configuration;

/// <summary>The catalogue against the table of Postfix 3.12's parameters: each once, same name, same default expression, same type.</summary>
public class CatalogueTests
{
    private const string Own = "estafeta_";

    private static readonly Dictionary<string, (string Default, string Type)> Postfix =
        Read().ToDictionary(p => p.Name, p => (p.Default, p.Type), StringComparer.Ordinal);

    [Fact]
    public void Names_AreThoseOfPostfix() =>
        Assert.Equal(
            Postfix.Keys.Order(StringComparer.Ordinal),
            Parameters.All.Select(p => p.Name).Where(n => !n.StartsWith(Own, StringComparison.Ordinal)).Order(StringComparer.Ordinal));

    [Fact]
    public void Defaults_AreThoseOfPostfix()
    {
        var different = Parameters.All
            .Where(p => !p.IsComputed && Postfix.TryGetValue(p.Name, out var theirs) && theirs.Default != p.Default)
            .Select(p => $"{p.Name}: {p.Default}, Postfix: {Postfix[p.Name].Default}");

        Assert.Empty(different);
    }

    [Fact]
    public void Types_AreThoseOfPostfix()
    {
        var different = Parameters.All
            .Where(p => Postfix.TryGetValue(p.Name, out var theirs) && !Fits(p, theirs.Type))
            .Select(p => $"{p.Name}: {p.GetType().Name}, Postfix: {Postfix[p.Name].Type}");

        Assert.Empty(different);
    }

    [Fact]
    public void Own_Parameters_SayWhoseTheyAre() =>
        Assert.All(Parameters.All.Where(p => !Postfix.ContainsKey(p.Name)), p => Assert.StartsWith(Own, p.Name, StringComparison.Ordinal));

    private static bool Fits(Parameter parameter, string type) => parameter switch
    {
        BooleanParameter => type.Contains("bool", StringComparison.Ordinal),
        IntegerParameter => type.Contains("int", StringComparison.Ordinal),
        LongParameter => type == "long",
        TimeParameter => type == "time",
        RawParameter => type.StartsWith("raw", StringComparison.Ordinal),
        TransportParameter => type.StartsWith("per-service", StringComparison.Ordinal),
        _ => type.StartsWith("string", StringComparison.Ordinal) || type.StartsWith("per-service (instance", StringComparison.Ordinal),
    };

    private static IEnumerable<(string Name, string Default, string Type)> Read() =>
        TestData.Lines("params-3.12.tsv").Select(line => line.Split('\t')).Select(row => (row[0], row[1], row[2]));
}
