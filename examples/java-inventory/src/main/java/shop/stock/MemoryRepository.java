package shop.stock;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** A repository that forgets everything at exit. */
public class MemoryRepository<K extends Comparable<K>, V> implements Repository<K, V> {
    private final Map<K, V> values = new LinkedHashMap<>();

    @Override
    public Optional<V> find(K key) {
        return Optional.ofNullable(values.get(key));
    }

    @Override
    public void save(K key, V value) {
        if (key == null) {
            throw new IllegalArgumentException("a key is needed");
        }
        values.put(key, value);
    }

    @Override
    public Collection<V> all() {
        return List.copyOf(values.values());
    }

    /** Returns the keys in their natural order. */
    public List<K> sortedKeys() {
        List<K> keys = new ArrayList<>(values.keySet());
        keys.sort(null);
        return keys;
    }

    /** Groups what is kept by something computed from each value. */
    public <G> Map<G, List<V>> groupBy(Function<? super V, ? extends G> group) {
        Map<G, List<V>> groups = new LinkedHashMap<>();
        for (V value : values.values()) {
            groups.computeIfAbsent(group.apply(value), unused -> new ArrayList<>()).add(value);
        }
        return groups;
    }
}
