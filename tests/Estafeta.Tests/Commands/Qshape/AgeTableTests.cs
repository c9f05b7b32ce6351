using Estafeta.Commands.Qshape;

namespace Estafeta.Tests.Commands.Qshape;

/// <summary>Tables as Postfix's qshape printed them.</summary>
public sealed class AgeTableTests
{
    [Fact]
    public void Empty_HeaderAndTotal() => Assert.Equal(
        """
                                                 T  5 10 20 40 80 160 320 640 1280 1280+
                                          TOTAL  0  0  0  0  0  0   0   0   0    0     0

        """,
        Print(new QshapeOptions()));

    [Fact]
    public void Counts_WidenTheirColumns() => Assert.Equal(
        """
                                                T   5 10 20 40 80 160 320 640 1280 1280+
                                        TOTAL 143 143  0  0  0  0   0   0   0    0     0
                                       c.test 130 130  0  0  0  0   0   0   0    0     0
                               a.sub.big.test  12  12  0  0  0  0   0   0   0    0     0
                                       b.test   1   1  0  0  0  0   0   0   0    0     0

        """,
        Print(new QshapeOptions(), ("b.test", 1, 0), ("c.test", 130, 0), ("a.sub.big.test", 12, 1)));

    [Fact]
    public void Ages_GoToTheirBuckets() => Assert.EndsWith(
        " x  4  1  2  1\n",
        Print(new QshapeOptions { BucketCount = 3, BucketMinutes = 1 }, ("x", 1, 0.5), ("x", 2, 1.5), ("x", 1, 100)),
        StringComparison.Ordinal);

    [Fact]
    public void Parents_WithEnoughSubdomains() => Assert.Contains(
        "                           .many.test  12  12",
        Print(new QshapeOptions { HasParents = true }, [.. Enumerable.Range(1, 12).Select(i => ($"host{i}.many.test", 1, 0.0)), ("c.test", 130, 0)]),
        StringComparison.Ordinal);

    [Fact]
    public void Linear_EqualBuckets() => Assert.Contains(
        "T  5 10 15 20 25 30 35 40 45 45+",
        Print(new QshapeOptions { IsLinear = true }),
        StringComparison.Ordinal);

    private static string Print(QshapeOptions options, params (string Domain, int Count, double Minutes)[] addresses)
    {
        var table = new AgeTable(options);
        foreach (var (domain, count, minutes) in addresses)
        {
            for (var i = 0; i < count; i++)
            {
                table.Add(domain, TimeSpan.FromMinutes(minutes));
            }
        }

        using var output = new StringWriter { NewLine = "\n" };
        table.Write(output);
        return output.ToString();
    }
}
