using Estafeta.Commands.CommandLine;

namespace Estafeta.Tests.Commands;

public sealed class OptionReaderTests
{
    [Theory]
    [InlineData("-a -b x", "a b", "x")]
    [InlineData("-ab x", "a b", "x")]
    [InlineData("-c v x", "c=v", "x")]
    [InlineData("-cv x", "c=v", "x")]
    [InlineData("-acv x", "a c=v", "x")]
    [InlineData("x -a y", "a", "x y")]
    [InlineData("-a -- -b", "a", "-b")]
    [InlineData("- -a", "a", "-")]
    [InlineData("-c -a x", "c=-a", "x")]
    public void Read_Arguments_SplitsOptionsFromOperands(string arguments, string options, string operands)
    {
        var (read, reader) = Read(arguments);
        Assert.Equal((options, operands, null), (read, string.Join(' ', reader.Operands), reader.Error));
    }

    [Theory]
    [InlineData("-z", "invalid option -- 'z'")]
    [InlineData("-az", "invalid option -- 'z'")]
    [InlineData("-:", "invalid option -- ':'")]
    [InlineData("-c", "option requires an argument -- 'c'")]
    public void Read_BadOption_IsNamedAsGetoptDoes(string arguments, string error) => Assert.Equal(error, Read(arguments).Reader.Error);

    private static (string Options, OptionReader Reader) Read(string arguments)
    {
        var reader = new OptionReader(arguments.Split(' '), "abc:");
        var read = new List<string>();
        while (reader.TryRead(out var option, out var value))
        {
            read.Add(option == 'c' ? $"c={value}" : option.ToString());
        }

        return (string.Join(' ', read), reader);
    }
}
