using System.Globalization;

namespace Estafeta.Commands.Postmap;

/// <summary>Where an entry stands, for warnings: <c>file, line 3</c>.</summary>
internal readonly record struct SourcePlace(string File, int Line)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{File}, line {Line}");
}
