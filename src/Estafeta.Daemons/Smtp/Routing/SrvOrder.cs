using Estafeta.Net.Dns;

namespace Estafeta.Daemons.Smtp;

/// <summary>SRV records in the order of RFC 2782: by priority, and among equals drawn by weight.</summary>
internal static class SrvOrder
{
    public static IEnumerable<DnsSrvRecord> Arrange(IEnumerable<DnsSrvRecord> records)
    {
        foreach (var group in records.GroupBy(record => record.Priority).OrderBy(group => group.Key))
        {
            var rest = group.OrderBy(record => record.Weight != 0).ToList();
            while (rest.Count > 0)
            {
                var draw = Random.Shared.Next(rest.Sum(record => record.Weight) + 1);
                var index = 0;
                while ((draw -= rest[index].Weight) > 0)
                {
                    index++;
                }

                yield return rest[index];
                rest.RemoveAt(index);
            }
        }
    }
}
